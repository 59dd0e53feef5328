// SPDX-License-Identifier: LGPL-2.1-or-later

// Starting one helper by fusermount3(1), as steps; the caller waits between them.
//
//     library                                    sh and fusermount3               helper
//     makes a file, starts them             ->   mount on it, send the device
//     opens the file (O_PATH), ends comm    ->   unmount it (lazily), remove it, end
//     starts the helper                                                      ->   serves the device, "pid", "ready"
//     asks statfs                                                            <-
//
// Whenever the library is killed meanwhile, sh sees the end of the socket: neither the mount nor the file is left.

import type { Calls } from '../../host/linux/calls.js';
import { sayErrno } from '../errors.js';
import type { Why } from '../why.js';
import { hold } from './held.js';
import { FOLDERS } from './policy.js';
import { IS_READY, NO_WORD, type Start, type Step } from './start.js';
import * as ways from './mount-ways.js';

export class FusermountStart implements Start {
  readonly #calls: Calls;
  readonly #way: ways.FusermountWay;
  #state: 'mounting' | 'unmounting' | 'serving' = 'mounting';
  #file = '';
  /** Whether it is for this object to remove the file. */
  #isOurs = true;
  /** Our end of the socket that the device comes by; both ends of that which is everybody's standard streams; what came. -1: none. */
  #comm = -1;
  #text = -1;
  #streams = -1;
  #device = -1;
  #mount = -1;
  #said = '';

  constructor(calls: Calls, way: ways.FusermountWay) {
    this.#calls = calls;
    this.#way = way;
  }

  begin(): Step {
    const file = this.#calls.makeFile(FOLDERS, 'vpoll-');
    if (typeof file === 'number') return this.#fail(`no file to mount on (${FOLDERS.join(', ')}): ${sayErrno(-file)}`);
    this.#file = file;
    const [comm, text] = [this.#calls.socketpair(), this.#calls.socketpair()];
    if (typeof comm === 'number' || typeof text === 'number') {
      for (const pair of [comm, text]) if (typeof pair !== 'number') for (const fd of pair) this.#calls.close(fd);
      return this.#fail('socketpair failed');
    }
    [this.#text, this.#streams] = text;
    this.#comm = comm[0];
    const { sh, fusermount, rm } = this.#way;
    const started = this.#start(ways.FUSERMOUNT_ENV, comm[1], sh, ...ways.fusermountArgs(fusermount, file, rm));
    this.#calls.close(comm[1]);
    // From now on it is removed there.
    this.#isOurs = started !== undefined;
    return started ?? { wait: this.#comm };
  }

  next(): Step {
    if (this.#state === 'mounting') return this.#mounted();
    return this.#state === 'unmounting' ? this.#unmounted() : this.#heard();
  }

  giveUp(why: string): Step {
    return this.#fail(why);
  }

  /** Starts a program with `fd` as descriptor 3; why it could not, or undefined. */
  #start(env: Record<string, string>, fd: number, ...command: string[]): Step | undefined {
    const fds = [this.#streams, this.#streams, this.#streams, fd];
    const pid = this.#calls.run({ path: this.#way.sh, args: ways.inBackground(...command), env, fds });
    return pid < 0 ? this.#fail(`${this.#way.sh}: ${sayErrno(-pid)}`) : undefined;
  }

  #mounted(): Step {
    this.#device = this.#calls.receive(this.#comm);
    if (this.#device < 0) return this.#ended('it sent no device');
    this.#mount = this.#calls.openPath(this.#file);
    if (this.#mount < 0) return this.#fail(`open ${this.#file}: ${sayErrno(-this.#mount)}`);
    this.#state = 'unmounting';
    this.#calls.finish(this.#comm);
    return { wait: this.#comm };
  }

  #unmounted(): Step {
    if (this.#calls.access(this.#file, 0) === 0) return this.#fail(this.#listen() || `${this.#file} could not be unmounted`);
    this.#state = 'serving';
    const started = this.#start(ways.helperEnv(this.#calls), this.#device, this.#way.sh, ...ways.becomeHelper());
    this.#drop();
    return started ?? { wait: this.#text };
  }

  /** Closes what belongs to others by now: the helper's end is seen when its streams are nobody's any more. */
  #drop(): void {
    for (const fd of [this.#comm, this.#streams, this.#device]) if (fd >= 0) this.#calls.close(fd);
    this.#comm = this.#streams = this.#device = -1;
  }

  /** All that was said and can be read without waiting. */
  #listen(): string {
    while (this.#text >= 0 && this.#calls.wait(this.#text, 0) > 0) {
      const text = this.#calls.read(this.#text);
      if (typeof text === 'number' || text === '') break;
      this.#said += text;
    }
    return this.#said.trim();
  }

  #heard(): Step {
    const text = this.#calls.read(this.#text);
    if (typeof text === 'number' || text === '') return this.#ended(NO_WORD);
    this.#said += text;
    const pid = /^pid (\d+)\n/m.exec(this.#said);
    if (!pid || !IS_READY.test(this.#said)) return { wait: this.#text };
    const is = this.#calls.isFuse(this.#mount);
    if (is !== 1) return this.#fail(is === 0 ? 'what was mounted is no FUSE mount' : `fstatfs: ${sayErrno(-is)}`);
    const fd = hold(this.#calls, this.#mount);
    this.#mount = -1;
    if (fd < 0) return this.#fail(`open: ${sayErrno(-fd)}`);
    this.#end();
    return { fd, pid: Number(pid[1]) };
  }

  /** It has ended, and said why or nothing. */
  #ended(otherwise: string): Step {
    const complaint = this.#listen()
      .replace(/^pid \d+$/gm, '')
      .trim();
    return complaint ? this.#fail(complaint) : { ...this.#fail(otherwise), isSilent: true };
  }

  #end(): void {
    this.#drop();
    for (const fd of [this.#text, this.#mount]) if (fd >= 0) this.#calls.close(fd);
    this.#text = this.#mount = -1;
    if (this.#file !== '' && this.#isOurs) this.#calls.unlink(this.#file);
  }

  #fail(why: string): { failure: Why } {
    this.#end();
    return { failure: { reason: `fusermount3: ${why.replaceAll('\n', '; ')}` } };
  }
}

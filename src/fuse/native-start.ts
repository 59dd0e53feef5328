// SPDX-License-Identifier: LGPL-2.1-or-later

// Starting one native helper, as steps; the caller waits for the socket between them.
//
//     library                               helper
//     starts it: helper 1            ->     a child that nobody waits for, in the group of the first, which ends; a mount by the first way that succeeds
//     looks at what came, lends it   <-     ready 1 PID, with a descriptor of the mount's file or of a folder that has it
//
// What the helper says instead is why it has no mount. When one dies meanwhile, the socket ends for the other: nothing is left then but what a descriptor holds.
// One that hangs doesn't see that, and is killed.

import type { Calls } from '../../host/linux/calls.js';
import { sayErrno } from '../errors.js';
import type { Why } from '../why.js';
import { hold, holdIn } from './held.js';
import { whyNotExecutable, type Program } from './native.js';
import { ENOTDIR } from '../../host/errno.js';
import { ABI, FILE, READY, SPEAKS } from './policy.js';
import { NO_WORD, type Start, type Step } from './start.js';

const TEXT_MAX = 4000;
/** The name of its process. */
const NAME = 'vpoll-fuse';
/** The number that the program has there, by which it is executed. */
const PROGRAM_FD = 3;
/** What a helper says that serves; one of 0.1 names no number, and serves the same file. */
const IS_READY = new RegExp(`^${READY}(?: (\\d+) (\\d+))?$`);

/** What one says that was told another number than its own. */
const IS_OTHER = new RegExp(`^(?:${READY}|${SPEAKS}) (\\d+)`);

export class NativeStart implements Start {
  readonly patienceMs: number;
  readonly #calls: Calls;
  readonly #open: () => Program | Why;
  /** The first process, which has a group of its own; and a descriptor of it while it is waited for, or -1. */
  #first = 0;
  #process = -1;
  /** Our end of the socket that is the helper's stdin, stdout and stderr, and the mount's descriptor that came by it; -1: none. */
  #socket = -1;
  #mount = -1;
  #said = '';

  /** `open`: gives the program, which is closed here; or why there is none. `patienceMs`: how long each answer may take. */
  constructor(calls: Calls, open: () => Program | Why, patienceMs: number) {
    this.#calls = calls;
    this.#open = open;
    this.patienceMs = patienceMs;
  }

  begin(): Step {
    const program = this.#open();
    if ('reason' in program) return { failure: program, isUnusable: true };
    const pair = this.#calls.socketpair();
    if (typeof pair === 'number') {
      this.#calls.close(program.fd);
      return { failure: { reason: `socketpair: ${sayErrno(-pair)}` } };
    }
    const [ours, theirs] = pair;
    this.#socket = ours;
    const pid = this.#calls.start({
      path: `/proc/self/fd/${PROGRAM_FD}`,
      name: NAME,
      args: ['helper', String(ABI)],
      env: {},
      fds: [theirs, theirs, theirs, program.fd],
      isSheltered: true,
    });
    const why =
      pid < 0
        ? (whyNotExecutable(this.#calls, program) ?? { reason: `${program.path} can't be executed: ${sayErrno(-pid)}` })
        : undefined;
    for (const fd of [theirs, program.fd]) this.#calls.close(fd);
    if (!why) return this.#await(pid);
    this.#end();
    return { failure: why, isUnusable: true };
  }

  /** The first process ends at once, and is reaped before anything else: nobody else here is to find it. Before Linux 5.3 one that hangs is waited for. */
  #await(pid: number): Step {
    this.#first = pid;
    this.#process = this.#calls.pidfd(pid);
    return this.#process < 0 ? this.#reaped() : { wait: this.#process };
  }

  #reaped(): Step {
    this.#calls.reap(this.#first);
    if (this.#process >= 0) this.#calls.close(this.#process);
    this.#process = -1;
    return { wait: this.#socket };
  }

  next(): Step {
    if (this.#process >= 0) return this.#reaped();
    const heard = this.#calls.hear(this.#socket);
    if (typeof heard === 'number') return this.#fail(`recvmsg: ${sayErrno(-heard)}`);
    if (heard.fd >= 0) {
      if (this.#mount >= 0) this.#calls.close(this.#mount);
      this.#mount = heard.fd;
    }
    this.#said += heard.text;
    const isOver = heard.text === '' || this.#said.includes('\n') || this.#said.length > TEXT_MAX;
    if (!isOver) return { wait: this.#socket };
    return this.#judge(this.#said.trim());
  }

  giveUp(why: string): Step {
    // Somebody has the other end, and is of that group: the number is no other's.
    const isThere = this.#process >= 0 || this.#calls.wait(this.#socket, 0) === 0;
    if (isThere) this.#calls.endGroup(this.#first, this.#process >= 0 ? this.#process : this.#socket);
    return this.#fail(why);
  }

  #fail(why: string): Step {
    this.#end();
    return { failure: { reason: why } };
  }

  /** It has said a line, or has ended. */
  #judge(said: string): Step {
    const ready = IS_READY.exec(said);
    if (ready && this.#mount >= 0 && (ready[1] === undefined || Number(ready[1]) === ABI))
      return this.#take(Number(ready[2] ?? 0));
    this.#end();
    const other = IS_OTHER.exec(said);
    // What has come with another number is not looked at.
    if (other)
      return { failure: { reason: `it speaks version ${other[1]!} of the protocol, and this library ${ABI}` }, isUnusable: true };
    if (said === '') return { failure: { reason: NO_WORD }, isSilent: true, isUnusable: true };
    return { failure: { reason: said.replaceAll('\n', '; ') } };
  }

  #take(pid: number): Step {
    const held = holdIn(this.#calls, this.#mount, FILE);
    const isFolder = held !== -ENOTDIR;
    const is = held >= 0 || !isFolder ? this.#calls.isFuse(held >= 0 ? held : this.#mount) : held;
    if (is !== 1) {
      if (held >= 0) this.#calls.close(held);
      return this.#fail(is === 0 ? 'what came is no FUSE mount' : `fstatfs: ${sayErrno(-is)}`);
    }
    const fd = isFolder ? held : hold(this.#calls, this.#mount);
    const tree = isFolder ? this.#mount : -1;
    this.#mount = -1;
    this.#end();
    return fd < 0 ? { failure: { reason: `open: ${sayErrno(-fd)}` } } : { fd, tree, pid };
  }

  #end(): void {
    for (const fd of [this.#socket, this.#mount, this.#process]) if (fd >= 0) this.#calls.close(fd);
    this.#socket = this.#mount = this.#process = -1;
  }
}

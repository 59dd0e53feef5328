// SPDX-License-Identifier: LGPL-2.1-or-later

// Starting one helper by one way, as steps between which whoever drives it waits for the socket: blocking (VPoll.create) or not
// (VPoll.prepare).
//
//     library                          helper
//     starts it                ->      new namespaces, mount, "pid 123"
//     opens /proc/123/cwd/...
//     identifies pid and mount
//     "go"                     ->      takes the mount out of the tree, becomes the server
//     asks statfs              <-      "ready"

import type { Calls } from './calls.js';
import * as ways from './ways.js';

/** What a step comes to: an O_PATH descriptor of the mount's file, more to wait for, why this way fails; or, of a mere question, that it can go on. */
export type Step =
  | { readonly fd: number; readonly pid: number }
  | { readonly wait: number }
  | { readonly failure: string }
  | { readonly answered: true };

const TEXT_MAX = 4000;

function errno(what: string, status: number): { failure: string } {
  return { failure: `${what}: errno ${-status}` };
}

/** A start by one way. */
export interface Start {
  /** Starts it. */
  begin(): Step;
  /** What was waited for is readable, or has hung up. */
  next(): Step;
  /** Gives it up: the helper notices, and ends. */
  giveUp(why: string): Step;
}

/** See the top of the file. */
export class ScriptStart implements Start {
  readonly #calls: Calls;
  readonly #way: ways.ScriptWay;
  /** Our end of the socket that is the helper's stdin, stdout and stderr; -1: none. */
  #socket = -1;
  #mount = -1;
  #pid = 0;
  /** What it has said and nobody has understood yet. */
  #said = '';

  constructor(calls: Calls, way: ways.ScriptWay) {
    this.#calls = calls;
    this.#way = way;
  }

  /** Starts it. */
  begin(): Step {
    const pair = this.#calls.socketpair();
    if (typeof pair === 'number') return errno('socketpair', pair);
    const [ours, theirs] = pair;
    this.#socket = ours;
    const { path, args } = this.#way;
    const pid = this.#calls.run({ path, args, env: ways.helperEnv(this.#calls), fds: [theirs, theirs, theirs, theirs] });
    this.#calls.close(theirs);
    if (pid >= 0) return { wait: ours };
    this.#end();
    return errno(path, pid);
  }

  /** The socket is readable, or has hung up. */
  next(): Step {
    const text = this.#calls.read(this.#socket);
    if (typeof text === 'number' || text === '') return this.#fail(this.#said.trim() || 'it ended without a word');
    this.#said = (this.#said + text).slice(-TEXT_MAX);
    const pid = /^pid (\d+)\n/m.exec(this.#said);
    if (pid && this.#mount < 0) {
      const failure = this.#identify(Number(pid[1]));
      if (failure) return this.#fail(failure);
    }
    return this.#mount >= 0 && /^ready\n/m.test(this.#said) ? this.#take() : { wait: this.#socket };
  }

  /** Gives it up: the helper notices, and ends. */
  giveUp(why: string): Step {
    return this.#fail(`${why}${this.#said.trim() && ` (it said: ${this.#said.trim()})`}`);
  }

  #end(): void {
    for (const fd of [this.#socket, this.#mount]) if (fd >= 0) this.#calls.close(fd);
    this.#socket = this.#mount = -1;
  }

  #fail(failure: string): Step {
    this.#end();
    return { failure: `${this.#way.name}: ${failure.replaceAll('\n', '; ')}` };
  }

  /**
   * Opens the mount in the helper's namespace. The process waits for our word meanwhile, so while its pidfd says that it lives the number was
   * never another's.
   */
  #identify(pid: number): string | undefined {
    const pidfd = this.#calls.pidfd(pid);
    if (pidfd < 0) return `pidfd_open: errno ${-pidfd}`;
    const mount = this.#calls.openPath(ways.mountOf(pid));
    const hasEnded = this.#calls.wait(pidfd, 0) !== 0;
    this.#calls.close(pidfd);
    if (mount < 0) return `open ${ways.mountOf(pid)}: errno ${-mount}`;
    this.#mount = mount;
    this.#pid = pid;
    if (hasEnded) return 'it ended before its mount could be opened';
    const sent = this.#calls.send(this.#socket, 'go\n');
    return sent < 0 ? `send: errno ${-sent}` : undefined;
  }

  /** The last step: whether what was opened is a FUSE mount that is served. */
  #take(): Step {
    const is = this.#calls.isFuse(this.#mount);
    if (is !== 1) return this.#fail(is === 0 ? `${this.#mount} is no FUSE mount` : `fstatfs: errno ${-is}`);
    const fd = this.#mount;
    this.#mount = -1;
    this.#end();
    return { fd, pid: this.#pid };
  }
}

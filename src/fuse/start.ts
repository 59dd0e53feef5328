// SPDX-License-Identifier: LGPL-2.1-or-later

// Starting one helper by one way, as steps; the caller waits for the socket between them: blocking (VPoll.create) or not
// (VPoll.prepare).
//
//     library                          helper
//     starts it                ->      a new namespace with a mount, "mount 123", "pid 456"; becomes the server
//     opens /proc/123/cwd/...
//     identifies 123 and mount
//     "go"                     ->      123 ends, and the namespace with it
//     asks statfs              <-      "ready"
//
// When one dies meanwhile, the socket ends for the others: nothing is left then but what a descriptor holds.

import type { Calls } from '../../host/linux/calls.js';
import { sayErrno } from '../errors.js';
import type { Why } from '../why.js';
import { hold } from './held.js';
import { READY } from './policy.js';
import * as ways from './mount-ways.js';

/**
 * The outcome of a step: a descriptor of the mount's file to lend, more to wait for, why this way fails; or, of a mere question,
 * that it can go on.
 */
export type Step =
  | { readonly fd: number; readonly pid: number; readonly tree?: number }
  | { readonly wait: number }
  /** `isSilent`: nobody said why. `isUnusable`: the program couldn't be executed, or isn't ours, so that another may serve. */
  | { readonly failure: Why; readonly isSilent?: boolean; readonly isUnusable?: boolean }
  | { readonly answered: true };

const TEXT_MAX = 4000;
/** Whether a helper has said so. */
export const IS_READY = new RegExp(`^${READY}\\n`, 'm');
/** What is said of a helper that said nothing. */
export const NO_WORD = 'it ended without a word';

function errno(what: string, status: number): { failure: Why } {
  return { failure: { reason: `${what}: ${sayErrno(-status)}` } };
}

/** A start by one way. */
export interface Start {
  /** How long each of its answers may take, where it isn't as for all. */
  readonly patienceMs?: number | undefined;
  /** Starts it. */
  begin(): Step;
  /** What was waited for is readable, or has hung up. */
  next(): Step;
  /** Gives it up: the helper notices, and ends. */
  giveUp(why: string): Step;
}

export class ScriptStart implements Start {
  readonly #calls: Calls;
  readonly #way: ways.ScriptWay;
  /** Our end of the socket that is the helper's stdin, stdout and stderr; -1: none. */
  #socket = -1;
  #mount = -1;
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
    if (typeof text === 'number' || text === '') return this.#ended();
    this.#said = (this.#said + text).slice(-TEXT_MAX);
    const keeper = /^mount (\d+)\n/m.exec(this.#said);
    if (keeper && this.#mount < 0) {
      const failure = this.#identify(Number(keeper[1]));
      if (failure) return this.#fail(failure);
    }
    const pid = /^pid (\d+)\n/m.exec(this.#said);
    return pid && this.#mount >= 0 && IS_READY.test(this.#said) ? this.#take(Number(pid[1])) : { wait: this.#socket };
  }

  /** Gives it up: the helper notices, and ends. */
  giveUp(why: string): Step {
    return this.#fail(`${why}${this.#said.trim() && ` (it said: ${this.#said.trim()})`}`);
  }

  #ended(): Step {
    const complaint = this.#said.replace(/^(mount|pid) \d+$/gm, '').trim();
    return complaint ? this.#fail(complaint) : { ...this.#fail(NO_WORD), isSilent: true };
  }

  #end(): void {
    for (const fd of [this.#socket, this.#mount]) if (fd >= 0) this.#calls.close(fd);
    this.#socket = this.#mount = -1;
  }

  #fail(why: string): { failure: Why } {
    this.#end();
    return { failure: { reason: `${this.#way.name}: ${why.replaceAll('\n', '; ')}` } };
  }

  /**
   * Opens the mount in the new namespace. The process that keeps it waits for our word meanwhile, so while its pidfd says that it lives the number was
   * never another's.
   */
  #identify(pid: number): string | undefined {
    const pidfd = this.#calls.pidfd(pid);
    if (pidfd < 0) return `pidfd_open: ${sayErrno(-pidfd)}`;
    const mount = this.#calls.openPath(ways.mountOf(pid));
    const hasEnded = this.#calls.wait(pidfd, 0) !== 0;
    this.#calls.close(pidfd);
    if (mount < 0) return `open ${ways.mountOf(pid)}: ${sayErrno(-mount)}`;
    this.#mount = mount;
    if (hasEnded) return 'it ended before its mount could be opened';
    const sent = this.#calls.send(this.#socket, 'go\n');
    return sent < 0 ? `send: ${sayErrno(-sent)}` : undefined;
  }

  /** The last step: whether what was opened is a FUSE mount that is served. */
  #take(pid: number): Step {
    const is = this.#calls.isFuse(this.#mount);
    if (is !== 1) return this.#fail(is === 0 ? `${this.#mount} is no FUSE mount` : `fstatfs: ${sayErrno(-is)}`);
    const fd = hold(this.#calls, this.#mount);
    this.#mount = -1;
    if (fd < 0) return this.#fail(`open: ${sayErrno(-fd)}`);
    this.#end();
    return { fd, pid };
  }
}

/**
 * A start that is made once more where the helper ended without a word: a signal to all processes of the program came before it could ignore it. Nobody
 * can keep one from Node that comes in its first milliseconds.
 */
export class RepeatedStart implements Start {
  readonly #make: () => Start;
  #start: Start;
  #isLast = false;

  constructor(make: () => Start) {
    this.#make = make;
    this.#start = make();
  }

  get patienceMs(): number | undefined {
    return this.#start.patienceMs;
  }

  begin(): Step {
    return this.#look(this.#start.begin());
  }

  next(): Step {
    return this.#look(this.#start.next());
  }

  giveUp(why: string): Step {
    return this.#start.giveUp(why);
  }

  #look(step: Step): Step {
    if (!('failure' in step && step.isSilent) || this.#isLast) return step;
    this.#isLast = true;
    this.#start = this.#make();
    return this.begin();
  }
}

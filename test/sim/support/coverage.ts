// SPDX-License-Identifier: LGPL-2.1-or-later

import { constants } from 'node:os';
import { layOut } from '../../../src/cli/table.js';
import { N, SLEEPS } from '../../../src/sim/numbers.js';
import type { ModelRun } from './program.js';
import { INTERRUPT, nameOf } from './step.js';
import type { Kind } from './world.js';

/**
 * Calls whose first argument is no descriptor, or to which the kind of file means nothing: a table of descriptors knows none (alloc_fd(),
 * do_dup2(), file_close_fd(), do_fcntl() of what concerns descriptors).
 */
const KINDLESS: readonly number[] = [
  ...[N.EVENTFD, N.OPEN_VPOLL, N.SOCKETPAIR, N.PIPE, N.TIMERFD, N.EPOLL, N.POLL, N.SELECT, N.UNSHARE, N.SOCKET],
  ...[N.DUP, N.DUP3, N.CLOSE, N.FCNTL],
];
const SOCKET_CALLS: readonly number[] = [
  ...[N.SEND, N.RECV, N.SHUTDOWN, N.SETSOCKOPT, N.GETSOCKOPT],
  ...[N.BIND, N.CONNECT, N.LISTEN, N.ACCEPT4, N.GETSOCKNAME, N.GETPEERNAME],
];

/**
 * The kind that a branch is about. A call that is for one kind of file asks for that and treats all others alike: sock_from_file(),
 * is_file_epoll(), timerfd_fget() look at file->f_op alone.
 */
function kindOf(call: number, kind: Kind | 'none'): string {
  if (KINDLESS.includes(call)) return 'any';
  if (kind === 'none') return kind;
  if (SOCKET_CALLS.includes(call)) return kind === 'socket' ? kind : 'other';
  if (call === N.EPOLL_CTL || call === N.EPOLL_WAIT) return kind === 'epoll' ? kind : 'other';
  if (call === N.TIMERFD_SETTIME || call === N.TIMERFD_GETTIME) return kind === 'timerfd' ? kind : 'other';
  return kind;
}

/** The name of an errno: EAGAIN for 11, not EWOULDBLOCK; Node has no ESOCKTNOSUPPORT. */
const ERRNOS = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name] as const));
ERRNOS.set(constants.errno.EAGAIN, 'EAGAIN').set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP').set(94, 'ESOCKTNOSUPPORT');

function endOf(result: number): string {
  return result < 0 ? (ERRNOS.get(-result) ?? String(-result)) : 'ok';
}

/** How the calls ended that a step has ended: the task and the result of each. */
function* endsOf(said: string): Generator<[task: number, result: number]> {
  for (const [, task, result] of said.split(' / ')[0]!.matchAll(/ (\d+)=(-?\d+)/g)) yield [Number(task), Number(result)];
}

/**
 * How often each branch was compared: a call, on a kind of file, and how it ended (ok, or an errno); `sleeps` where it slept first, and
 * `sleeps:ok` and the like for what came of that; `refused` where the simulated kernel refused it, so that nothing was compared.
 */
export class Coverage {
  readonly #counts = new Map<string, number>();
  steps = 0;
  /** Steps that were carried out while two tasks or more slept. */
  crowded = 0;

  #count(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  add({ told, refused }: ModelRun): void {
    for (const { step, kind } of refused) this.#count(`${nameOf(step.call)} ${kindOf(step.call, kind)} refused`);
    const asleep = new Map<number, string>();
    for (const { step, said, result, kind, asleep: sleepers } of told) {
      this.steps++;
      if (sleepers >= 2) this.crowded++;
      if (step.call !== INTERRUPT) {
        const call = `${nameOf(step.call)} ${kindOf(step.call, kind)}`;
        this.#count(`${call} ${result === SLEEPS ? 'sleeps' : endOf(result)}`);
        if (result === SLEEPS) asleep.set(step.task, call);
      }
      for (const [task, late] of endsOf(said)) {
        const begun = asleep.get(task);
        if (begun !== undefined) this.#count(`${begun} sleeps:${endOf(late)}`);
        asleep.delete(task);
      }
    }
  }

  /** What was compared, and how often. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** A line for each call and kind of file: how often each end. */
  table(): string {
    const rows = new Map<string, string[]>();
    for (const [key, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [call, kind, how] = key.split(' ') as [string, string, string];
      const row = rows.get(`${call} ${kind}`) ?? [];
      row.push(`${how} ${count}`);
      rows.set(`${call} ${kind}`, row);
    }
    return layOut([['call', 'file', 'ends: times'], ...[...rows].map(([key, ends]) => [...key.split(' '), ends.join(', ')])]);
  }
}

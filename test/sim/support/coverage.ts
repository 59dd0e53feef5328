// SPDX-License-Identifier: LGPL-2.1-or-later

import Table from 'cli-table3';
import { N, SLEEPS } from '../../../src/sim/numbers.js';
import type { Run } from './program.js';
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

/** How often each branch was compared: a call, on a kind of file, and how its beginning went (ok, sleeps, errno). */
export class Coverage {
  readonly #counts = new Map<string, number>();
  steps = 0;
  /** Steps that were carried out while two tasks or more slept. */
  crowded = 0;

  add({ told }: Run): void {
    for (const { step, result, kind, asleep } of told) {
      this.steps++;
      if (asleep >= 2) this.crowded++;
      if (step.call === INTERRUPT) continue;
      const how = result === SLEEPS ? 'sleeps' : result < 0 ? String(-result) : 'ok';
      const key = `${nameOf(step.call)} ${kindOf(step.call, kind)} ${how}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** A line for each call and kind of file: how often each end. */
  table(): string {
    const rows = new Map<string, string[]>();
    for (const [key, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [call, kind, how] = key.split(' ') as [string, string, string];
      const row = rows.get(`${call} ${kind}`) ?? [];
      row.push(`${how}: ${count}`);
      rows.set(`${call} ${kind}`, row);
    }
    const table = new Table({ head: ['call', 'file', 'ends (errno: times)'] });
    for (const [key, ends] of rows) table.push([...key.split(' '), ends.join(', ')]);
    return table.toString();
  }

  /** The branches that were compared less than `least` times, with how often. */
  rare(least: number): string[] {
    return [...this.#counts].filter(([, count]) => count < least).map(([key, count]) => `${key}: ${count}`);
  }
}

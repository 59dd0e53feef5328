// SPDX-License-Identifier: LGPL-2.1-or-later

import { N } from '../../../src/sim/numbers.js';
import type { Step } from './step.js';

/** What kind of file a descriptor stands for; a pipe's two ends are two kinds. */
export type Kind = 'eventfd' | 'vpoll' | 'reader' | 'writer' | 'socket' | 'timerfd' | 'epoll';

type Table = Map<number, Kind>;

/** Which descriptors are open: what the generator has to know to ask for something sensible. */
export class World {
  readonly #tables: Table[];

  constructor(tasks: number) {
    const shared: Table = new Map();
    this.#tables = Array<Table>(tasks).fill(shared);
  }

  /** The descriptors of a task. */
  of(task: number): Table {
    return this.#tables[task]!;
  }

  /** The first process's, which the looks are about, less the epolls: to poll one changes it. */
  lookedAt(shared: Table): number[] {
    return [...shared].filter(([, kind]) => kind !== 'epoll').map(([fd]) => fd);
  }

  /** Notes what a step has done. */
  note({ task, call, args }: Step, result: number, pair: readonly [number, number]): void {
    const table = this.of(task);
    if (result < 0) return;
    if (call === N.EVENTFD) table.set(result, Number(args[1]) & 2 ? 'vpoll' : 'eventfd');
    else if (call === N.OPEN_VPOLL) table.set(result, 'vpoll');
    else if (call === N.TIMERFD) table.set(result, 'timerfd');
    else if (call === N.EPOLL) table.set(result, 'epoll');
    else if (call === N.PIPE) table.set(pair[0], 'reader').set(pair[1], 'writer');
    else if (call === N.SOCKETPAIR) table.set(pair[0], 'socket').set(pair[1], 'socket');
    else if (call === N.CLOSE) table.delete(Number(args[0]));
    else if (call === N.UNSHARE) this.#tables[task] = new Map(table);
    else if (call === N.DUP || call === N.DUP3 || (call === N.FCNTL && isDup(Number(args[1])))) {
      table.set(result, table.get(Number(args[0]))!);
    }
  }
}

/** F_DUPFD, F_DUPFD_CLOEXEC */
function isDup(command: number): boolean {
  return command === 0 || command === 1030;
}

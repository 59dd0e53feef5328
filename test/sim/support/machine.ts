// SPDX-License-Identifier: LGPL-2.1-or-later

// A simulated machine as the tests drive it: one process, whose first task uses the core, and room for what calls point to.

import { createMachine, traceOf, type SimExports } from '../../../src/sim/machine.js';
import { N } from '../../../src/sim/numbers.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';

const ROOM = 4096;
const EPOLL_CTL_ADD = 1;
export const EPOLLET = 0x80000000;

/** A machine with one task, which uses the core. */
export class Bench {
  readonly machine: SimExports;
  readonly task: number;
  readonly #room: number;

  constructor(machine = createMachine()) {
    this.machine = machine;
    this.task = machine.spawn();
    machine.enter(this.task);
    this.#room = machine.room(ROOM);
  }

  get view(): DataView {
    return new DataView(this.machine.memory.buffer, this.#room, ROOM);
  }

  call(number: number, a = 0, b = 0, c = 0, d = 0, task = this.task): number {
    return this.machine.call(task, number, a, b, c, d);
  }

  /** What poll(2) shows. */
  shown(fd: number): number {
    this.view.setInt32(0, fd, true);
    this.view.setUint16(4, VPOLL_EVENTS, true);
    this.call(N.POLL, this.#room, 1, 0);
    return this.view.getUint16(6, true);
  }

  /** An epoll that watches `fd` for `events`, with options. */
  watch(fd: number, events: number): number {
    const epoll = this.call(N.EPOLL);
    this.view.setUint32(0, events, true);
    this.view.setBigUint64(8, BigInt(fd), true);
    const r = this.call(N.EPOLL_CTL, epoll, EPOLL_CTL_ADD, fd, this.#room);
    if (r < 0) throw new Error(`epoll_ctl: ${r}`);
    return epoll;
  }

  /** What an epoll reports first, without waiting; 0: nothing. */
  report(epoll: number): number {
    return this.call(N.EPOLL_WAIT, epoll, this.#room, 1, 0) === 1 ? this.view.getUint32(0, true) : 0;
  }

  /** Begins epoll_wait(2) of another task, with room of its own. */
  wait(task: number, epoll: number, timeoutMs: number): number {
    return this.call(N.EPOLL_WAIT, epoll, this.machine.room(256), 16, timeoutMs, task);
  }

  trace(): string {
    return traceOf(this.machine);
  }

  /** The hash, unsigned. */
  hash(): bigint {
    return BigInt.asUintN(64, this.machine.hash());
  }
}

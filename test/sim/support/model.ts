// SPDX-License-Identifier: LGPL-2.1-or-later

// Steps on the simulated kernel, told in the very words of test/sim/real: what both say can be compared as text.

import { createMachine, type SimExports } from '../../../src/sim/machine.js';
import { N, SLEEPS } from '../../../src/sim/numbers.js';
import { INTERRUPT, type Step } from './step.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';

const BUFFER_SIZE = 65536;
const IDLE = 0;
const EVENTS = VPOLL_EVENTS;
const FAR_NS = 100000n * 1000000000n;
const EPOLL_CTL_DEL = 2;
const AF_INET = 2;
/** FIONREAD, SIOCOUTQ, and with FIONBIO those that take an int by its address. */
const GIVES = [0x541b, 0x5411];
const BY_ADDRESS = [...GIVES, 0x5421];

/** A call that has not ended. */
interface Pending {
  readonly step: Step;
  readonly buffer: number;
}

let machineOfAll: SimExports | undefined;

/** Makes programs run on this machine from now on; undefined: on one as it should be. */
export function setMachine(machine: SimExports | undefined): void {
  machineOfAll = machine;
}

/** The simulated kernel with the tasks of a program, until the next one begins. */
export class Model {
  readonly machine: SimExports;
  readonly #buffers: number[] = [];
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #pending = new Map<number, Pending>();
  readonly #pollfds: number;
  readonly #watcher: number;
  #ended = '';
  /** The result of the step's own call, SLEEPS while it has none. */
  result = 0;
  /** The two descriptors that the last step made, if it made a pair. */
  pair: [number, number] = [-1, -1];

  constructor(tasks: number, limit: number, version: number, features: number) {
    // One machine for all: a new one takes 32 MiB that the collector has to be bothered for.
    machineOfAll ??= createMachine();
    this.machine = machineOfAll;
    this.machine.boot(version, features);
    this.#view = new DataView(this.machine.memory.buffer);
    this.#bytes = new Uint8Array(this.machine.memory.buffer);
    this.machine.spawn();
    for (let i = 1; i < tasks; i++) this.machine.thread(0);
    // Looks at the files of the first process, which it shares for good.
    this.#watcher = this.machine.thread(0);
    for (let i = 0; i < tasks; i++) this.#buffers.push(this.machine.room(BUFFER_SIZE));
    this.#pollfds = this.machine.room(1024);
    this.machine.call(0, N.LIMIT, limit, 0, 0, 0);
  }

  isIdle(task: number): boolean {
    return this.machine.stateOf(task) === IDLE;
  }

  get asleep(): number[] {
    return [...this.#pending.keys()];
  }

  /** The call that a sleeping task is in. */
  pendingCall(task: number): Step | undefined {
    return this.#pending.get(task)?.step;
  }

  /** Carries out a step and all that follows from it, and says which calls ended, in order; then what `looks` show. */
  step(step: Step, looks: readonly number[]): string {
    if (step.call === INTERRUPT) this.machine.interrupt(Number(step.args[0]));
    else this.#begin(step);
    this.#settle();
    const timeout = timeoutOf(step);
    if (timeout > 0 && this.#pending.has(step.task)) {
      this.machine.advance(this.machine.now() + BigInt(timeout) * 1000000n);
      this.#settle();
    }
    const said = this.#ended + (looks.length > 0 ? ` / ${this.#look(looks)}` : '');
    this.#ended = '';
    return said;
  }

  /** What poll(2) shows of each. */
  #look(fds: readonly number[]): string {
    fds.forEach((fd, i) => {
      this.#view.setInt32(this.#pollfds + 8 * i, fd, true);
      this.#view.setInt16(this.#pollfds + 8 * i + 4, EVENTS, true);
    });
    this.machine.call(this.#watcher, N.POLL, this.#pollfds, fds.length, 0, 0);
    return fds.map((_, i) => this.#view.getUint16(this.#pollfds + 8 * i + 6, true).toString(16)).join(' ');
  }

  /** Goes on with who was woken, first come first served. */
  #settle(): void {
    for (let task = this.machine.woken(0); task >= 0; task = this.machine.woken(0)) {
      const { step, buffer } = this.#pending.get(task)!;
      const r = this.machine.resume(task);
      if (r !== SLEEPS) this.#end(step, buffer, r);
    }
  }

  #end(step: Step, buffer: number, result: number): void {
    this.#pending.delete(step.task);
    this.#ended += ` ${step.task}=${result}${this.#details(step, buffer, result)}`;
  }

  #begin(step: Step): void {
    const buffer = this.#buffers[step.task]!;
    const [a, b, c, d] = this.#marshal(step, buffer);
    const { machine } = this;
    const r = machine.call(step.task, step.call, a, b, c, d);
    this.result = r;
    this.#pending.set(step.task, { step, buffer });
    // A timer that expires at once does so before the step is over.
    if (step.call === N.TIMERFD_SETTIME && r === 0 && step.args[2] === 1) machine.advance(machine.now() + 1n);
    if (r !== SLEEPS) this.#end(step, buffer, r);
  }

  /** The numbers of the call, with what they point to in place. */
  #marshal({ call, args }: Step, at: number): [number, number, number, number] {
    const x = Array.from({ length: 5 }, (_, i) => Number(args[i] ?? 0)) as [number, number, number, number, number];
    const view = this.#view;
    if (call === N.READ || call === N.RECV) return [x[0], at, x[1], x[2]];
    if (call === N.WRITE || call === N.SEND) {
      view.setBigUint64(at, BigInt(args[2]!), true);
      for (let filled = 8; filled < x[1]; filled *= 2) this.#bytes.copyWithin(at + filled, at, at + filled);
      return [x[0], at, x[1], x[3]];
    }
    if (call === N.PIPE) return [at, x[0], 0, 0];
    if (call === N.SOCKETPAIR) return [x[0], x[1], x[2], at];
    if (call === N.EPOLL_WAIT) return [x[0], at, x[1], x[2]];
    if (call === N.POLL) return [at, this.#putPollfds(args, at), x[0], 0];
    if (call === N.SELECT) {
      for (let i = 0; i < 3; i++) view.setBigUint64(at + 8 * i, BigInt(args[1 + i]!), true);
      return [x[0], at, x[4], 0];
    }
    if (call === N.IOCTL && BY_ADDRESS.includes(x[1])) {
      view.setInt32(at, x[2], true);
      return [x[0], x[1], at, 0];
    }
    if (call === N.SETSOCKOPT) view.setInt32(at, x[3], true);
    if (call === N.SETSOCKOPT || call === N.GETSOCKOPT) return [x[0], x[1], x[2], at];
    if (call === N.EPOLL_CTL) {
      view.setUint32(at, x[1] === EPOLL_CTL_DEL ? 0 : x[3], true);
      view.setBigUint64(at + 8, BigInt(args[4]!), true);
      return [x[0], x[1], x[2], at];
    }
    if (call === N.TIMERFD_SETTIME) {
      view.setBigUint64(at, x[3] ? FAR_NS : 0n, true);
      view.setBigUint64(at + 8, [0n, 1n, FAR_NS][x[2]]!, true);
    }
    if (call === N.BIND || call === N.CONNECT) {
      view.setUint16(at, args.length > 2 ? x[2] : AF_INET, true);
      return [x[0], at, x[1], 0];
    }
    if (call === N.GETSOCKNAME || call === N.GETPEERNAME) {
      view.setInt32(at, x[1], true);
      view.setUint32(at + 8, 0, true);
      return [x[0], at + 8, at, 0];
    }
    if (call === N.TIMERFD_SETTIME || call === N.TIMERFD_GETTIME) return [x[0], x[1], at, 0];
    return [x[0], x[1], x[2], 0];
  }

  #putPollfds(args: readonly (number | bigint)[], at: number): number {
    const count = (args.length - 1) / 2;
    for (let i = 0; i < count; i++) {
      this.#view.setInt32(at + 8 * i, Number(args[1 + 2 * i]), true);
      this.#view.setInt16(at + 8 * i + 4, Number(args[2 + 2 * i]), true);
    }
    return count;
  }

  #details({ call, args }: Step, at: number, r: number): string {
    const view = this.#view;
    const hex = (value: number | bigint): string => `,${value.toString(16)}`;
    if (r < 0) return '';
    if (call === N.READ || call === N.RECV) return this.#data(at, r);
    if (call === N.PIPE || call === N.SOCKETPAIR) {
      this.pair = [view.getInt32(at, true), view.getInt32(at + 4, true)];
      return `,${this.pair.join(',')}`;
    }
    if (call === N.EPOLL_WAIT) {
      let said = '';
      for (let e = at; e < at + 16 * r; e += 16)
        said += `${hex(view.getUint32(e, true))}:${view.getBigUint64(e + 8, true).toString(16)}`;
      return said;
    }
    if (call === N.POLL) {
      let said = '';
      for (let i = 0; i < (args.length - 1) / 2; i++) said += hex(view.getUint16(at + 8 * i + 6, true));
      return said;
    }
    if (call === N.SELECT) return [0, 8, 16].map((offset) => hex(view.getBigUint64(at + offset, true))).join('');
    if (call === N.GETSOCKOPT || (call === N.IOCTL && GIVES.includes(Number(args[1])))) return `,${view.getInt32(at, true)}`;
    if (call === N.GETSOCKNAME || call === N.GETPEERNAME) return `,${view.getUint32(at, true)},${view.getUint16(at + 8, true)}`;
    if (call === N.TIMERFD_GETTIME)
      return `,${view.getBigUint64(at, true) > 0n ? 1 : 0},${view.getBigUint64(at + 8, true) > 0n ? 1 : 0}`;
    return '';
  }

  #data(at: number, size: number): string {
    if (size === 0) return '';
    if (size === 8) return `,${this.#view.getBigUint64(at, true).toString(16)}`;
    let sum = 0;
    for (let i = 0; i < size; i++) sum = (Math.imul(sum, 31) + this.#bytes[at + i]!) >>> 0;
    return `,${sum.toString(16)}`;
  }
}

/** How many milliseconds of time a step takes. */
function timeoutOf({ call, args }: Step): number {
  const at = call === N.POLL ? 0 : call === N.EPOLL_WAIT ? 2 : call === N.SELECT ? 4 : -1;
  return at < 0 ? 0 : Number(args[at]);
}

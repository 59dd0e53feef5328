// SPDX-License-Identifier: LGPL-2.1-or-later

// The core twice: over the simulated kernel, in sim.wasm, and over this one. Both say what each request came to.

import { createEpoll, type Epoll } from '../../../host/linux/epoll.js';
import { createHost } from '../../../host/linux/libc.js';
import type { HostFactory, Sys } from '../../../host/sys.js';
import { instantiate, type Core } from '../../../src/core.js';
import { openLibc } from '../../../src/runtime.js';
import { createMachine, traceOf, type SimExports } from '../../../src/sim/machine.js';
import { N } from '../../../src/sim/numbers.js';
import { Bench, EPOLLET } from './machine.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';

const SOCKETPAIR = 5;
const ALL = VPOLL_EVENTS;
const F_GETFD = 1;
const EPOLL_CTL_ADD = 1;

/** One kernel with a core. Descriptors are its own; what they show must not be. */
export interface Side {
  /** A vpoll on a socketpair: its descriptor or -errno. */
  create(events: number, options: number): number;
  ctl(fd: number, op: number, events: number): number;
  close(fd: number): number;
  /** The hidden end of a vpoll, and whether a number is open. */
  peer(fd: number): number;
  isOpen(fd: number): boolean;
  shown(fd: number): number;
  /** The masks that the vpoll went through while the last request was carried out. */
  path(fd: number): number[];
  /** An epoll that watches it, and what that reports without waiting; 0: nothing. */
  watch(fd: number, isEdge: boolean): number;
  report(epoll: number): number;
  closeEpoll(epoll: number): void;
}

/** What poll(2) shows of a number, by memory of its own. */
function createLook(): { look: (fd: number) => number; sys: Sys } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const sys = createHost(openLibc(), process.arch)(() => memory);
  const view = new DataView(memory.buffer);
  const look = (fd: number): number => {
    view.setInt32(0, fd, true);
    view.setUint16(4, ALL, true);
    if (sys.poll(0, 1, 0) < 0) throw new Error('poll failed');
    return view.getUint16(6, true);
  };
  return { look, sys };
}

/** This kernel. It is looked at after each call of the core. */
export class RealSide implements Side {
  readonly #core: Core;
  readonly #look: (fd: number) => number;
  readonly #sys: Sys;
  readonly #epoll: Epoll = createEpoll(openLibc(), process.arch);
  #watched = -1;
  #path: number[] = [];

  constructor() {
    const { look, sys } = createLook();
    this.#look = look;
    this.#sys = sys;
    const factory: HostFactory = (memory) => {
      const inner = createHost(openLibc(), process.arch)(memory);
      const watched = Object.entries(inner).map(([name, call]) => [name, this.#watching(call)]);
      return Object.fromEntries(watched) as Sys;
    };
    this.#core = instantiate(factory);
  }

  #watching(call: (...args: number[]) => number): (...args: number[]) => number {
    return (...args) => {
      const result = call(...args);
      if (this.#watched >= 0) this.#path.push(this.#look(this.#watched));
      return result;
    };
  }

  create(events: number, options: number): number {
    return this.#core.create(SOCKETPAIR, events, 0, options, 0);
  }

  ctl(fd: number, op: number, events: number): number {
    this.#path = [this.#look(fd)];
    this.#watched = fd;
    const result = this.#core.ctl(fd, 0, op, events);
    this.#watched = -1;
    return result;
  }

  close(fd: number): number {
    return this.#core.close(fd, 0);
  }

  peer(fd: number): number {
    return this.#core.peer(fd);
  }

  isOpen(fd: number): boolean {
    return this.#sys.fcntl(fd, F_GETFD, 0) >= 0;
  }

  shown(fd: number): number {
    return this.#look(fd);
  }

  path(): number[] {
    return this.#path.slice(1).filter((mask, i) => mask !== this.#path[i]);
  }

  watch(fd: number, isEdge: boolean): number {
    const epoll = this.#epoll.create();
    const result = this.#epoll.control(epoll, EPOLL_CTL_ADD, fd, isEdge ? ALL + EPOLLET : ALL, 0);
    if (epoll < 0 || result < 0) throw new Error(`epoll: ${epoll}, ${result}`);
    return epoll;
  }

  report(epoll: number): number {
    return this.#epoll.wait(epoll, 1, 0) === 1 ? this.#epoll.events(0) : 0;
  }

  closeEpoll(epoll: number): void {
    this.#epoll.close(epoll);
  }
}

/** The simulated kernel, whose trace says what a vpoll went through. */
export class SimSide implements Side {
  readonly #machine: SimExports = createMachine();
  readonly #bench: Bench;

  constructor() {
    this.#bench = new Bench(this.#machine);
  }

  create(events: number, options: number): number {
    return this.#machine.create(SOCKETPAIR, events, 0, options, 0);
  }

  ctl(fd: number, op: number, events: number): number {
    this.#machine.dropTrace();
    return this.#machine.ctl(fd, 0, op, events);
  }

  close(fd: number): number {
    return this.#machine.close(fd, 0);
  }

  peer(fd: number): number {
    const entry = this.#machine.find(fd, 0);
    return entry === 0 ? -1 : new DataView(this.#machine.memory.buffer, entry, 32).getInt32(16, true);
  }

  isOpen(fd: number): boolean {
    return this.#bench.call(N.FCNTL, fd, F_GETFD, 0) >= 0;
  }

  shown(fd: number): number {
    return this.#bench.shown(fd);
  }

  path(fd: number): number[] {
    const serial = this.#serials.get(fd)!;
    const changes = traceOf(this.#machine).matchAll(new RegExp(`#${serial} 0x[\\da-f]+>(0x[\\da-f]+)`, 'g'));
    return [...changes].map(([, mask]) => Number(mask));
  }

  /** The files behind descriptors, by the notes of the trace. */
  readonly #serials = new Map<number, number>();

  /** Takes note of the file of a new vpoll, from the trace of its making. */
  #noteFile(fd: number): void {
    const notes = [...traceOf(this.#machine).matchAll(new RegExp(`fd ${fd} #(\\d+)`, 'g'))];
    this.#serials.set(fd, Number(notes.at(-1)![1]));
  }

  watch(fd: number, isEdge: boolean): number {
    this.#noteFile(fd);
    return this.#bench.watch(fd, isEdge ? ALL + EPOLLET : ALL);
  }

  report(epoll: number): number {
    return this.#bench.report(epoll);
  }

  closeEpoll(epoll: number): void {
    this.#bench.call(N.CLOSE, epoll);
  }
}

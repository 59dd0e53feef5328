// SPDX-License-Identifier: LGPL-2.1-or-later

// epoll(7) of a simulated kernel, in the numbers that a Poller is made of.

import type { Epoll } from '../../host/epoll.js';
import type { WaitHost } from '../../host/waiter.js';
import { N } from './numbers.js';
import type { Simulation } from './simulation.js';

/** Bytes of an event (assembly/sim/epoll.ts). */
const EVENT_SIZE = 16;
/** The most events that room is made for at once: 65536 bytes are the largest piece that the kernel's memory hands out. */
export const EVENTS_MAX = 4096;
const ROOM_FIRST = 16;
const POLLIN = 1;

/** Rooms for events of one simulation: a wait has one of its own while it is pending. */
export class Rooms {
  readonly #simulation: Simulation;
  readonly #free = new Map<number, number[]>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Room for `count` events: where it is. */
  take(count: number): { at: number; count: number } {
    let size = ROOM_FIRST;
    while (size < count) size *= 2;
    const at = this.#free.get(size)?.pop() ?? this.#simulation.machine.room(size * EVENT_SIZE);
    if (at === 0) throw new Error("the simulated kernel's memory is used up");
    return { at, count: size };
  }

  give({ at, count }: { at: number; count: number }): void {
    const list = this.#free.get(count);
    if (list) list.push(at);
    else this.#free.set(count, [at]);
  }
}

/** The epoll of a simulation, and where the events of a wait can be looked at. */
export class SimEpoll implements Epoll {
  readonly rooms: Rooms;
  readonly #simulation: Simulation;
  readonly #event: number;
  #seen = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.rooms = new Rooms(simulation);
    this.#event = simulation.machine.room(EVENT_SIZE);
  }

  /** The host of a set that is waited for by calls of tasks: nothing ever looks at it from elsewhere. */
  get host(): WaitHost {
    const never = (): never => {
      throw new Error('a simulated set has no event loop');
    };
    // No simulated file keeps whoever polls it waiting.
    const files = { isFuse: () => 0, copy: never, isSame: never, isOpen: never, close: never };
    return { epoll: this, files, createSource: never, createAside: never, soon: never, afterTold: never };
  }

  /** What poll(2) of a set takes: where it is, until it is given back. */
  lookAt(epfd: number): number {
    const { at } = this.rooms.take(1);
    const view = this.#view(at);
    view.setInt32(0, epfd, true);
    view.setUint16(4, POLLIN, true);
    return at;
  }

  lookedAt(at: number): void {
    this.rooms.give({ at, count: ROOM_FIRST });
  }

  create(): number {
    return this.#simulation.call(N.EPOLL, 0x80000);
  }

  control(epfd: number, op: number, fd: number, events: number, generation: number): number {
    const view = this.#view(this.#event);
    view.setUint32(0, events, true);
    view.setInt32(8, fd, true);
    view.setUint32(12, generation, true);
    return this.#simulation.call(N.EPOLL_CTL, epfd, op, fd, this.#event);
  }

  wait(epfd: number, max: number): number {
    const room = this.rooms.take(Math.min(max, EVENTS_MAX));
    const count = this.#simulation.call(N.EPOLL_WAIT, epfd, room.at, Math.min(max, room.count), 0);
    this.rooms.give(room);
    this.#seen = room.at;
    return count;
  }

  events(index: number): number {
    return this.#view(this.#seen + index * EVENT_SIZE).getUint32(0, true);
  }

  fd(index: number): number {
    return this.#view(this.#seen + index * EVENT_SIZE).getInt32(8, true);
  }

  generation(index: number): number {
    return this.#view(this.#seen + index * EVENT_SIZE).getUint32(12, true);
  }

  close(epfd: number): void {
    this.#simulation.call(N.CLOSE, epfd);
  }

  #view(at: number): DataView {
    return new DataView(this.#simulation.machine.memory.buffer, at, EVENT_SIZE);
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// epoll(7) of a simulated kernel, in the numbers that a Poller is made of.

import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN, O_CLOEXEC } from '../../host/abi.js';
import type { Epoll } from '../../host/linux/epoll.js';
import { EVENT, N } from './numbers.js';
import type { Simulation } from './simulation.js';

/** The most events that room is made for at once: 65536 bytes are the largest piece that the kernel's memory hands out. */
const EVENTS_MAX = 4096;
const ROOM_FIRST = 16;

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
    const at = this.#free.get(size)?.pop() ?? this.#simulation.machine.room(size * EVENT.size);
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
  readonly #onClose: (epfd: number) => void;
  readonly #event: number;
  /** How many are in each set: no more can be ready. */
  readonly #counts = new Map<number, number>();
  #seen = 0;

  /** `onClose` is told of each set that is closed. */
  constructor(simulation: Simulation, onClose: (epfd: number) => void) {
    this.#simulation = simulation;
    this.#onClose = onClose;
    this.rooms = new Rooms(simulation);
    this.#event = simulation.machine.room(EVENT.size);
  }

  /** What poll(2) of a set takes: where it is, until it is given back. */
  lookAt(epfd: number): number {
    const { at } = this.rooms.take(1);
    const view = this.#view(at);
    view.setInt32(0, epfd, true);
    view.setUint16(4, EPOLLIN, true);
    return at;
  }

  lookedAt(at: number): void {
    this.rooms.give({ at, count: ROOM_FIRST });
  }

  create(): number {
    return this.#simulation.call(N.EPOLL, O_CLOEXEC);
  }

  control(epfd: number, op: number, fd: number, events: number, generation: number): number {
    const view = this.#view(this.#event);
    view.setUint32(0, events, true);
    view.setInt32(8, fd, true);
    view.setUint32(12, generation, true);
    const status = this.#simulation.call(N.EPOLL_CTL, epfd, op, fd, this.#event);
    if (status === 0 && op === EPOLL_CTL_ADD) this.#counts.set(epfd, this.#count(epfd) + 1);
    if (status === 0 && op === EPOLL_CTL_DEL) this.#counts.set(epfd, this.#count(epfd) - 1);
    return status;
  }

  wait(epfd: number, max: number): number {
    const most = Math.min(max, Math.max(this.#count(epfd), 1), EVENTS_MAX);
    const room = this.rooms.take(most);
    const count = this.#simulation.call(N.EPOLL_WAIT, epfd, room.at, most, 0);
    this.rooms.give(room);
    this.#seen = room.at;
    return count;
  }

  events(index: number): number {
    return this.#view(this.#seen + index * EVENT.size).getUint32(EVENT.events, true);
  }

  fd(index: number): number {
    return this.#view(this.#seen + index * EVENT.size).getInt32(EVENT.data, true);
  }

  generation(index: number): number {
    return this.#view(this.#seen + index * EVENT.size).getUint32(EVENT.data + 4, true);
  }

  close(epfd: number): void {
    this.#counts.delete(epfd);
    this.#onClose(epfd);
    this.#simulation.call(N.CLOSE, epfd);
  }

  #count(epfd: number): number {
    return this.#counts.get(epfd) ?? 0;
  }

  #view(at: number): DataView {
    return new DataView(this.#simulation.machine.memory.buffer, at, EVENT.size);
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

import { createEpoll, type Epoll } from '../../../host/epoll.js';
import type { VPoll } from '../../../src/index.js';
import { openLibc } from '../../../src/runtime.js';

const EPOLLET = 0x80000000;

/** Every vpoll in one edge-triggered epoll set; who was woken since the last harvest. */
export class Edges {
  readonly #epoll: Epoll;
  readonly #index = new Map<number, number>();

  constructor(
    vps: readonly VPoll[],
    readonly interest: number,
  ) {
    const epoll = createEpoll(openLibc(), process.arch);
    if (typeof epoll === 'number') throw new Error(`epoll_create1: ${epoll}`);
    this.#epoll = epoll;
    vps.forEach((vp, i) => {
      const added = epoll.add(vp.fd, interest | EPOLLET);
      if (added < 0) throw new Error(`epoll_ctl: ${added}`);
      this.#index.set(vp.fd, i);
    });
  }

  /** The vpolls that had an edge of `interest` since the last call. */
  harvest(): Set<number> {
    const woken = new Set<number>();
    for (;;) {
      const ready = this.#epoll.wait(0);
      if (ready === undefined) return woken;
      if (typeof ready === 'number') throw new Error(`epoll_wait: ${ready}`);
      if (ready.events & this.interest) woken.add(this.#index.get(ready.fd)!);
    }
  }

  close(): void {
    this.#epoll.close();
  }
}

/** Pseudo-random numbers: a run is repeated by its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  /** `count` different ones. */
  some(count: number, limit: number): number[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.below(limit));
    return [...chosen];
  }
}

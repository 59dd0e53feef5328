// SPDX-License-Identifier: LGPL-2.1-or-later

import { EPOLL_CTL_ADD } from '../../../host/abi.js';
import { createEpoll, type Epoll } from '../../../host/linux/epoll.js';
import type { VPoll } from '../../../src/index.js';
import { openLibc } from '../../../src/runtime.js';
import { EINTR } from '../../../host/errno.js';

const EPOLLET = 0x80000000;
const AT_ONCE = 64;

/** Every vpoll in one edge-triggered epoll set; who was woken since the last harvest. */
export class Edges {
  readonly #epoll: Epoll = createEpoll(openLibc(), process.arch);
  readonly #set: number;
  readonly #index = new Map<number, number>();

  constructor(
    vps: readonly VPoll[],
    readonly interest: number,
  ) {
    this.#set = this.#epoll.create();
    if (this.#set < 0) throw new Error(`epoll_create1: ${this.#set}`);
    vps.forEach((vp, i) => {
      const added = this.#epoll.control(this.#set, EPOLL_CTL_ADD, vp.fd, interest | EPOLLET, 0);
      if (added < 0) throw new Error(`epoll_ctl: ${added}`);
      this.#index.set(vp.fd, i);
    });
  }

  /** The vpolls that had an edge of `interest` since the last call. */
  harvest(): Set<number> {
    const woken = new Set<number>();
    for (;;) {
      const count = this.#epoll.wait(this.#set, AT_ONCE, 0);
      if (count === 0 || count === -EINTR) return woken;
      if (count < 0) throw new Error(`epoll_wait: ${count}`);
      for (let i = 0; i < count; i++) {
        if (this.#epoll.events(i) & this.interest) woken.add(this.#index.get(this.#epoll.fd(i))!);
      }
    }
  }

  close(): void {
    this.#epoll.close(this.#set);
  }
}

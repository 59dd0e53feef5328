// SPDX-License-Identifier: LGPL-2.1-or-later

// Waiting for a set in a simulation: epoll_wait(2) of a thread that sleeps.

import { errnoName, VPollError } from '../errors.js';
import type { Ready } from '../poller/registration.js';
import type { PollSet } from '../poller/set.js';
import { EVENTS_MAX, type SimEpoll } from './epoll.js';
import { N } from './numbers.js';
import type { Pending, Simulation } from './simulation.js';

const EINTR = 4;

/** What a wait may be ended by, beside events and time. */
export interface Ending {
  reason: unknown;
  isOver: boolean;
}

/** One wait. */
export interface Wait {
  readonly set: PollSet;
  readonly max: number;
  /** -1: for good. */
  readonly timeoutMs: number;
  readonly isBackground: boolean;
}

/** A wait that can be ended early, with a reason. */
export class SetWait {
  readonly #simulation: Simulation;
  readonly #epoll: SimEpoll;
  readonly #wait: Wait;
  #pending: Pending | undefined;
  #end: Ending | undefined;

  constructor(simulation: Simulation, epoll: SimEpoll, wait: Wait) {
    this.#simulation = simulation;
    this.#epoll = epoll;
    this.#wait = wait;
  }

  /** Ends it: the promise of {@link SetWait.run} rejects with `reason`. */
  end(reason: unknown): void {
    if (this.#end) return;
    this.#end = { reason, isOver: true };
    if (this.#pending) this.#simulation.interrupt(this.#pending.thread);
  }

  /** What is ready, once something is; nothing at the timeout. */
  async run(): Promise<Ready[]> {
    const { set, max, timeoutMs } = this.#wait;
    const until = this.#simulation.nowMs() + timeoutMs;
    for (;;) {
      // No more can be ready than there are.
      const room = this.#epoll.rooms.take(Math.min(max, Math.max(set.size, 1), EVENTS_MAX));
      const left = timeoutMs < 0 ? -1 : Math.max(Math.ceil(until - this.#simulation.nowMs()), 0);
      const result = await this.#once(room.at, Math.min(max, room.count), left);
      this.#epoll.show(room.at);
      // What was reported is lost if it isn't handed on: an end that comes after it comes too late.
      if (result <= 0 && this.#end) throw this.#end.reason;
      const ready = result > 0 ? set.live(set.collect(result)) : [];
      this.#epoll.rooms.give(room);
      if (result < 0 && result !== -EINTR) throw new VPollError(errnoName(-result), 'epoll_wait');
      if (ready.length > 0 || (result === 0 && left >= 0 && this.#simulation.nowMs() >= until)) return ready;
    }
  }

  async #once(at: number, most: number, timeoutMs: number): Promise<number> {
    const { set, isBackground } = this.#wait;
    this.#pending = this.#simulation.wait({ number: N.EPOLL_WAIT, args: [set.epfd, at, most, timeoutMs], isBackground });
    const result = await this.#pending.done;
    this.#pending = undefined;
    return result;
  }
}

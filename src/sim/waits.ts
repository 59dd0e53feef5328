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

  /** What is ready, once something is; nothing at the timeout. It is taken when the task goes on, as a real Poller takes it in a later turn. */
  async run(): Promise<Ready[]> {
    const { set, max, timeoutMs } = this.#wait;
    const until = this.#simulation.nowMs() + timeoutMs;
    for (;;) {
      const left = timeoutMs < 0 ? -1 : Math.max(Math.ceil(until - this.#simulation.nowMs()), 0);
      const result = await this.#look(left);
      if (this.#end) throw this.#end.reason;
      // No more can be ready than there are.
      const ready = set.take(Math.min(max, Math.max(set.size, 1), EVENTS_MAX));
      const status = typeof ready === 'number' ? ready : result;
      if (status < 0 && status !== -EINTR) throw new VPollError(errnoName(-status), 'epoll_wait');
      if (typeof ready === 'number') continue;
      if (ready.length > 0 || (result === 0 && left >= 0 && this.#simulation.nowMs() >= until)) return ready;
    }
  }

  /** poll(2) of the set, which takes nothing. */
  async #look(timeoutMs: number): Promise<number> {
    const { set, isBackground } = this.#wait;
    const at = this.#epoll.lookAt(set.epfd);
    this.#pending = this.#simulation.wait({ number: N.POLL, args: [at, 1, timeoutMs], isBackground });
    const result = await this.#pending.done;
    this.#pending = undefined;
    this.#epoll.lookedAt(at);
    return result;
  }
}

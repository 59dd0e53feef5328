// SPDX-License-Identifier: LGPL-2.1-or-later

// How a task waits for a set: asleep in poll(2) of it, which takes nothing. What is ready is taken when the task goes on, as a real Poller takes it in a later
// turn of its event loop.

import { EINTR } from '../../host/errno.js';
import type { Ready as OnReady, Source } from '../../host/waiter.js';
import { errnoName } from '../errors.js';
import type { SimEpoll } from './epoll.js';
import { N } from './numbers.js';
import type { Simulation } from './simulation.js';

/** When a wait is over, and what is done then. */
export interface Deadline {
  readonly untilMs: number;
  readonly run: () => void;
}

/** One poll(2) that hasn't come back. */
interface Sleep {
  readonly thread: number;
  /** What lets somebody go on for whom it has ended early. */
  goOn: (() => void) | undefined;
}

/** The looks at one set, one at a time. */
export class Look implements Source {
  readonly #simulation: Simulation;
  readonly #epoll: SimEpoll;
  readonly #epfd: number;
  /** Of listeners: nobody waits for it. */
  readonly #isBackground: boolean;
  readonly #deadline: () => Deadline | undefined;
  /** Who is told that there is something, where anybody is. */
  tell: OnReady = () => undefined;
  #sleep: Sleep | undefined;
  /** One that was ended early, and whose thread hasn't gone on yet. */
  #left: Sleep | undefined;

  constructor(
    simulation: Simulation,
    epoll: SimEpoll,
    epfd: number,
    isBackground: boolean,
    deadline: () => Deadline | undefined,
  ) {
    this.#simulation = simulation;
    this.#epoll = epoll;
    this.#epfd = epfd;
    this.#isBackground = isBackground;
    this.#deadline = deadline;
  }

  /** In the name of the task that runs. */
  look(): void {
    if (this.#sleep) return;
    const deadline = this.#deadline();
    const leftMs = deadline ? Math.max(Math.ceil(deadline.untilMs - this.#simulation.nowMs()), 0) : -1;
    const at = this.#epoll.lookAt(this.#epfd);
    const { thread, done } = this.#simulation.wait({
      number: N.POLL,
      args: [at, 1, leftMs],
      what: 'a wait of a Poller',
      isBackground: this.#isBackground,
    });
    const sleep: Sleep = { thread, goOn: undefined };
    this.#sleep = sleep;
    void done.then((result) => {
      this.#epoll.lookedAt(at);
      if (this.#sleep === sleep) this.#wake(result);
      else this.#end(sleep);
    });
  }

  /** Ends the one that is pending. */
  rest(): void {
    if (!this.#sleep) return;
    this.#left = this.#sleep;
    this.#sleep = undefined;
    this.#simulation.interrupt(this.#left.thread);
  }

  /** What keeps a process alive means nothing here: a simulation ends with its tasks. */
  ref(): void {}

  close(done: () => void): void {
    this.rest();
    done();
  }

  /** Calls `run` when the thread goes on whose look was ended early; at once where none was. */
  goOn(run: () => void): void {
    if (this.#left) this.#left.goOn = run;
    else run();
  }

  #end(sleep: Sleep): void {
    if (this.#left === sleep) this.#left = undefined;
    sleep.goOn?.();
  }

  #wake(result: number): void {
    this.#sleep = undefined;
    const deadline = this.#deadline();
    if (deadline && this.#simulation.nowMs() >= deadline.untilMs) deadline.run();
    else this.tell(result < 0 && result !== -EINTR ? new Error(errnoName(-result)) : undefined);
  }
}

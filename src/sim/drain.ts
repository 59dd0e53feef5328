// SPDX-License-Identifier: LGPL-2.1-or-later

// When all that follows from a step of a task has run: in the next of several immediates that stand in one queue.
//
//     turn of the event loop:  timers, I/O | immediate, its promises and ticks | immediate, its promises and ticks | ... | timers, I/O
//
// Between two immediates of a turn a runtime follows all promises (and ticks) to their end and does nothing else. So what a task does there comes from its
// kernel. What lets it go on while the loop turns is not the simulator's.

const { setImmediate, MessageChannel } = globalThis as {
  setImmediate?: (run: () => void) => unknown;
  MessageChannel: typeof globalThis.MessageChannel;
};

/** The steps in one turn, at most: the test's own timers have their turn as well. They begin with few, since most runs are short. */
const STEPS_MIN = 8;
const STEPS_MAX = 64;

/** The turns of one run, in whatever runtime this is. */
export class Drain {
  readonly #channel: MessageChannel | undefined;
  readonly #stepsMax: number;
  #steps: number;
  /** Immediates that are to come in this turn. */
  #left = 0;
  #resolve: (() => void) | undefined;

  /** `isOneByOne`: there is to be a turn after each step. */
  constructor(isOneByOne: boolean) {
    this.#stepsMax = isOneByOne ? 1 : STEPS_MAX;
    this.#steps = Math.min(STEPS_MIN, this.#stepsMax);
    if (setImmediate) return;
    // A timer would do as well, but a browser holds those back.
    this.#channel = new MessageChannel();
    this.#channel.port1.onmessage = this.#next;
  }

  /** Whether the event loop has to turn before there can be another step. */
  get isUsedUp(): boolean {
    return this.#left === 0;
  }

  /** Lets the event loop turn. */
  async turn(): Promise<void> {
    // Those that are left are in this turn.
    while (this.#left > 0) await this.wait();
    const steps = this.#steps;
    this.#steps = Math.min(steps * 2, this.#stepsMax);
    for (let i = 0; i <= steps; i++) this.#ask();
    await this.wait();
  }

  /** Resolves when all that was begun by now has come to its end. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  close(): void {
    this.#channel?.port1.close();
  }

  #ask(): void {
    this.#left++;
    if (this.#channel) this.#channel.port2.postMessage(null);
    else setImmediate!(this.#next);
  }

  readonly #next = (): void => {
    this.#left--;
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.();
  };
}

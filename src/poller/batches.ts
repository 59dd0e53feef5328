// SPDX-License-Identifier: LGPL-2.1-or-later
import type { PollEvent, WaitOptions } from './types.js';

type Result = IteratorResult<PollEvent[], undefined>;

const DONE: Result = { done: true, value: undefined };

/** The iteration over a Poller's batches: a wait a step, until the Poller is closed or the loop is left. */
export class Batches implements AsyncIterableIterator<PollEvent[], undefined> {
  readonly #wait: (options: WaitOptions) => Promise<PollEvent[]>;
  readonly #isClosed: () => boolean;
  readonly #left = new AbortController();

  constructor(wait: (options: WaitOptions) => Promise<PollEvent[]>, isClosed: () => boolean) {
    this.#wait = wait;
    this.#isClosed = isClosed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#isOver()) return DONE;
    try {
      return { done: false, value: await this.#wait({ signal: this.#left.signal }) };
    } catch (error) {
      if (this.#isOver()) return DONE;
      throw error;
    }
  }

  /** Ends a step that is pending; what is ready stays for the next wait. */
  return(): Promise<Result> {
    this.#left.abort();
    return Promise.resolve(DONE);
  }

  #isOver(): boolean {
    return this.#left.signal.aborted || this.#isClosed();
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import type { PollEvent } from './types.js';

type Result<Data> = IteratorResult<PollEvent<Data>[], undefined>;

const DONE = { done: true, value: undefined } as const;

/** Says to a step that the loop was left. */
const LEFT = new Error('the iteration was left');

/** The iteration over a Poller's batches: a wait a step, until the Poller is closed or the loop is left. */
export class Batches<Data> implements AsyncIterableIterator<PollEvent<Data>[], undefined> {
  readonly #wait: () => Promise<PollEvent<Data>[]>;
  readonly #cancel: (error: Error, batch: Promise<PollEvent<Data>[]>) => void;
  readonly #isClosed: () => boolean;
  #isLeft = false;
  #batch: Promise<PollEvent<Data>[]> | undefined;

  constructor(
    wait: () => Promise<PollEvent<Data>[]>,
    cancel: (error: Error, batch: Promise<PollEvent<Data>[]>) => void,
    isClosed: () => boolean,
  ) {
    this.#wait = wait;
    this.#cancel = cancel;
    this.#isClosed = isClosed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result<Data>> {
    if (this.#isOver()) return DONE;
    const batch = this.#wait();
    // A step that is refused (EBUSY) is not the pending one.
    this.#batch ??= batch;
    try {
      return { done: false, value: await batch };
    } catch (error) {
      if (this.#isOver()) return DONE;
      throw error;
    } finally {
      if (this.#batch === batch) this.#batch = undefined;
    }
  }

  /** Ends a step that is pending; what is ready stays for the next wait. */
  return(): Promise<Result<Data>> {
    this.#isLeft = true;
    if (this.#batch) this.#cancel(LEFT, this.#batch);
    return Promise.resolve(DONE);
  }

  #isOver(): boolean {
    return this.#isLeft || this.#isClosed();
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The iteration over the events of one target in a simulation. It has a set of its own, so that whoever steps waits by itself.

import { VPollError } from '../errors.js';
import type { PollSet } from '../poller/set.js';
import type { SetWait } from './waits.js';

/** What an iteration does to its Poller. */
export interface SimWatched {
  /** A set with the target in it. Throws what add throws. */
  begin: () => PollSet;
  /** Arms it again. Throws what modify throws. */
  again: (set: PollSet) => void;
  wait: (set: PollSet) => SetWait;
  end: (set: PollSet | undefined) => void;
}

type Result = IteratorResult<number, undefined>;

const DONE: Result = { done: true, value: undefined };
const LEFT = new Error('the iteration was left');

/** See the top of the file. */
export class SimWatch implements AsyncIterableIterator<number, undefined> {
  readonly #watched: SimWatched;
  readonly #signal: AbortSignal | undefined;
  readonly #isEdge: boolean;
  #set: PollSet | undefined;
  #step: SetWait | undefined;
  #isOver = false;

  constructor(watched: SimWatched, signal: AbortSignal | undefined, isEdge: boolean) {
    this.#watched = watched;
    this.#signal = signal;
    this.#isEdge = isEdge;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    if (this.#step) throw new VPollError('EBUSY', 'poller_watch', 'a step is pending already');
    if (this.#isOver) return DONE;
    try {
      this.#signal?.throwIfAborted();
      if (this.#set && !this.#isEdge) this.#watched.again(this.#set);
      this.#set ??= this.#watched.begin();
      return { done: false, value: await this.#next(this.#set) };
    } catch (error) {
      this.stop();
      if (error === LEFT) return DONE;
      throw error;
    }
  }

  return(): Promise<Result> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /** The Poller was closed, or the caller has left. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#step?.end(LEFT);
    this.#watched.end(this.#set);
  }

  async #next(set: PollSet): Promise<number> {
    const step = this.#watched.wait(set);
    const onAbort = (): void => {
      step.end(this.#signal?.reason);
      this.stop();
    };
    this.#step = step;
    this.#signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const [ready] = await step.run();
      return ready!.events;
    } finally {
      this.#step = undefined;
      this.#signal?.removeEventListener('abort', onAbort);
    }
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The iteration over the events of one target: a registration that lives from the first step to the last.

import { VPollError } from '../errors.js';
import type { PollListener } from './types.js';

/** What an iteration does to its Poller. */
export interface Watched {
  /** Begins to watch, with this listener. Throws what add throws. */
  begin: (listener: PollListener) => void;
  /** Asks for the next event. Throws what modify throws. */
  again: () => void;
  /** Ends it. Throws nothing. */
  end: () => void;
  /** Whether a step is pending: it keeps the process alive. */
  pend: (on: boolean) => void;
}

interface Step {
  resolve: (result: IteratorResult<number, undefined>) => void;
  reject: (reason: unknown) => void;
}

const DONE: IteratorResult<number, undefined> = { done: true, value: undefined };

/** See the top of the file. Yields masks. */
export class Watch implements AsyncIterableIterator<number, undefined> {
  readonly #watched: Watched;
  readonly #signal: AbortSignal | undefined;
  readonly #isEdge: boolean;
  #state: 'new' | 'open' | 'over' = 'new';
  #step: Step | undefined;
  /** Edges that came while no step was pending. */
  #events = 0;
  /** It was aborted while no step was pending: the next one says so. */
  #isAbortUnsaid = false;

  constructor(watched: Watched, signal: AbortSignal | undefined, isEdge: boolean) {
    this.#watched = watched;
    this.#signal = signal;
    this.#isEdge = isEdge;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<number, undefined>> {
    if (this.#step) throw new VPollError('EBUSY', 'poller_watch', 'a step is pending already');
    if (this.#state === 'over' && !this.#isAbortUnsaid) return DONE;
    this.#isAbortUnsaid = false;
    try {
      this.#signal?.throwIfAborted();
      if (this.#state === 'new') this.#open();
      else if (!this.#isEdge) this.#watched.again();
    } catch (error) {
      this.#over();
      throw error;
    }
    if (this.#events !== 0) return this.#yield();
    return new Promise((resolve, reject) => {
      this.#step = { resolve, reject };
      this.#watched.pend(true);
    });
  }

  /** Ends the iteration, as leaving a loop does. A step that is pending ends too. */
  return(): Promise<IteratorResult<number, undefined>> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /** The Poller was closed, or the caller has left. */
  stop(): void {
    this.#over();
    this.#settle()?.resolve(DONE);
  }

  #open(): void {
    this.#watched.begin(({ events }) => {
      this.#events = (this.#events | events) >>> 0;
      this.#settle()?.resolve(this.#yield());
    });
    this.#state = 'open';
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => {
    this.#over();
    const step = this.#settle();
    if (step) step.reject(this.#signal?.reason);
    else this.#isAbortUnsaid = true;
  };

  #yield(): IteratorResult<number, undefined> {
    const value = this.#events;
    this.#events = 0;
    return { done: false, value };
  }

  #settle(): Step | undefined {
    const step = this.#step;
    if (step) this.#watched.pend(false);
    this.#step = undefined;
    return step;
  }

  #over(): void {
    if (this.#state === 'open') this.#watched.end();
    this.#state = 'over';
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

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
  /** Lets the one who waits for a step that has ended early go on, by `run`. */
  goOn: (run: () => void) => void;
}

interface Step {
  resolve: (result: IteratorResult<number, undefined>) => void;
  reject: (reason: unknown) => void;
}

const DONE: IteratorResult<number, undefined> = { done: true, value: undefined };

/** Yields masks. */
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

  /** Whether somebody waits for the next event. */
  get isPending(): boolean {
    return this.#step !== undefined;
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
      this.#watched.pend(true);
      this.#step = { resolve, reject };
    });
  }

  /** Ends the iteration, as leaving a loop does. A step that is pending ends too. */
  return(): Promise<IteratorResult<number, undefined>> {
    this.stop();
    return Promise.resolve(DONE);
  }

  /** The Poller was closed, or the caller has left. */
  stop(): void {
    this.#finish((step) => {
      step.resolve(DONE);
    });
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
    const isTold = this.#finish((step) => {
      step.reject(this.#signal?.reason);
    });
    this.#isAbortUnsaid = !isTold;
  };

  /** Ends it, and a step that is pending with it: `end` is for that one. Whether there was one. */
  #finish(end: (step: Step) => void): boolean {
    const step = this.#settle();
    if (step) {
      this.#watched.goOn(() => {
        end(step);
      });
    }
    this.#over();
    return step !== undefined;
  }

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

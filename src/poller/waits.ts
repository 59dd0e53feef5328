// SPDX-License-Identifier: LGPL-2.1-or-later

// The one wait of a Poller that may be pending: how it ends, by events, by time, by a signal or by close.
//
// What is ready stays in the kernel until the moment at which the promise is resolved with it. So a wait that ends
// otherwise can't lose anything.

import type { PollerGround } from './ground.js';
import type { Ready } from './registration.js';
import type { PollSet } from './set.js';
import type { PollEvent } from './types.js';
import { errnoName, VPollError } from '../errors.js';

interface Pending {
  readonly max: number;
  readonly resolve: (batch: PollEvent[]) => void;
  readonly reject: (reason: unknown) => void;
  /** Undoes what listens to the clock and to the signal, where anything does. */
  readonly release: (() => void) | undefined;
  /** The Poller: while somebody waits it must not be collected. The waiter, which the runtime holds, refers to this. */
  readonly holder: object;
}

export interface WaitArguments {
  /** -1: for good. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
  max: number;
}

/** What a user sees of what the kernel reported. */
export function toEvent({ registration, events }: Ready): PollEvent {
  return { target: registration.target, fd: registration.fd, events, data: registration.data };
}

/** For a negative status of epoll_wait(2) on a set of ours. */
export function takeFailure(status: number): VPollError {
  return new VPollError(errnoName(-status), 'epoll_wait', "the Poller's own descriptor was closed by others");
}

/** For what keeps this runtime from waiting. */
export function waitFailure(cause: Error, syscall = 'poller_wait'): VPollError {
  const error = new VPollError('EIO', syscall, `waiting failed: ${cause.message}`);
  error.cause = cause;
  return error;
}

export class Waits {
  readonly #set: PollSet;
  readonly #ground: PollerGround;
  #pending: Pending | undefined;
  /** What the last start returned. */
  #batch: Promise<PollEvent[]> | undefined;

  constructor(set: PollSet, ground: PollerGround) {
    this.#set = set;
    this.#ground = ground;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Starts the wait. There must be none, and the set must be started where it may last. */
  start({ timeoutMs, signal, max }: WaitArguments, holder: object): Promise<PollEvent[]> {
    return (this.#batch = new Promise((resolve, reject) => {
      // A wait that may not be is refused by these, before anything is pending.
      const cancelTimer = timeoutMs < 0 ? undefined : this.#ground.after(this.#onTimeout, timeoutMs, this.#set);
      if (timeoutMs !== 0) this.#set.arm();
      const release = signal || cancelTimer ? this.#follow(signal, cancelTimer) : undefined;
      this.#pending = { max, resolve, reject, release, holder };
    }));
  }

  /** Ends the wait when the signal is aborted. What this returns undoes that, and the timer. */
  #follow(signal: AbortSignal | undefined, cancelTimer: (() => void) | undefined): () => void {
    const onAbort = (): void => {
      this.#end(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      cancelTimer?.();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  /** The set has something to report, or can't be waited for. */
  onReady(error?: Error): void {
    if (error) this.cancel(waitFailure(error));
    else this.#take(false);
  }

  /** Ends the wait, if there is one, with an error; with `batch` only the one that start returned so. */
  cancel(error: Error, batch = this.#batch): void {
    if (this.#pending && batch === this.#batch) this.#end(error);
  }

  /** Ends it with a reason, before anything was taken. */
  #end(reason: unknown): void {
    const { reject } = this.#settle();
    this.#ground.goOn(this.#set, () => {
      reject(reason);
    });
  }

  readonly #onTimeout = (): void => {
    const pending = this.#pending;
    this.#set.glance(() => {
      if (this.#pending === pending) this.#take(true);
    });
  };

  /** Resolves the wait with what is ready; with nothing only at its end. */
  #take(isLast: boolean): void {
    if (!this.#pending) return;
    const ready = this.#set.take(this.#pending.max);
    if (typeof ready === 'number') this.#settle().reject(takeFailure(ready));
    else if (ready.length > 0 || isLast) this.#settle(isLast).resolve(ready.map(toEvent));
    else this.#set.arm();
  }

  /** Takes the pending wait off, so that exactly one thing ends it. */
  #settle(isArmed = true): Pending {
    const pending = this.#pending!;
    this.#pending = undefined;
    pending.release?.();
    if (isArmed) this.#set.disarm();
    return pending;
  }
}

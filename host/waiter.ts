// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Waiting for an epoll set without blocking the event loop. A runtime brings a {@link Source}, which only tells that the set is readable.
 * epoll_wait(2) says what is ready, with exact masks. An edge stays in the kernel until then.
 */
import type { WatchThreadFactory } from './watch-thread.js';
import type { Epoll } from './linux/epoll.js';
import type { Files } from './linux/files.js';

/** Told once for each {@link Waiter.arm}, from the event loop; with an error where no more can be told. Must not throw. */
export type Ready = (error?: Error) => void;

/** How a runtime looks at one epoll set. */
export interface Source {
  /** Looks from now on, until it has told once; costs nothing where it looks already. May tell more often, and when nothing is ready. */
  look(): void;
  /** Ceases to look. May still tell once. */
  rest(): void;
  /** Whether the process stays alive for it. It does at first. */
  ref(on: boolean): void;
  /** Ends it. `done` is called when nothing looks at the set any more, perhaps before this returns: only then may it be closed. */
  close(done: () => void): void;
}

/** A source for the set `epfd`, or -errno: `tell` is called from the event loop. Throws where the runtime can have none. */
export type SourceFactory = (epfd: number, tell: Ready) => Source | number;

/** What a wait stands on: of a Poller, and of a start of a helper. */
export interface WaitHost {
  readonly epoll: Epoll;
  readonly files: Files;
  readonly createSource: SourceFactory;
  readonly createWatchThread: WatchThreadFactory;
  /** setImmediate(): runs after what the event loop has to do now. */
  readonly soon: (run: () => void) => void;
  /** Runs after those who were told, in this turn of the loop. */
  readonly afterTold: (run: () => void) => void;
}

export class Waiter {
  readonly #host: WaitHost;
  readonly #epfd: number;
  readonly #ready: Ready;
  #source: Source | undefined;
  #isArmed = false;
  #isReffed = true;
  #wantsRef = true;

  constructor(host: WaitHost, epfd: number, ready: Ready) {
    this.#host = host;
    this.#epfd = epfd;
    this.#ready = ready;
  }

  get isStarted(): boolean {
    return this.#source !== undefined;
  }

  /** Gets what it takes to wait, unless it has: 0 or -errno. Throws what the runtime throws. */
  start(): number {
    if (this.#source) return 0;
    const source = this.#host.createSource(this.#epfd, this.tell);
    if (typeof source === 'number') return source;
    this.#source = source;
    this.#rest();
    return 0;
  }

  /** The same, where there is another way if it fails. */
  hasStarted(): boolean {
    try {
      return this.start() === 0;
    } catch {
      return false;
    }
  }

  /** Asks to be told once, after {@link Waiter.start}. Keeps the process alive until then, unless {@link Waiter.ref} said no. */
  arm(): void {
    this.#isArmed = true;
    this.#source?.look();
    this.#settleRef();
  }

  /** Takes that back. */
  disarm(): void {
    this.#isArmed = false;
    this.#rest();
  }

  /** Whether it keeps the process alive while it is armed. It does at first. */
  ref(on: boolean): void {
    this.#wantsRef = on;
    this.#settleRef();
  }

  /** Ends it; nothing is told afterwards. `done`: see {@link Source.close}. */
  close(done: () => void): void {
    this.#isArmed = false;
    const source = this.#source;
    this.#source = undefined;
    if (source) source.close(done);
    else done();
  }

  /** Tells the one who has asked, if anybody has: also for what becomes ready elsewhere. Whether anybody was told. */
  readonly tell = (error?: Error): boolean => {
    const wasArmed = this.#isArmed;
    if (wasArmed) {
      this.#isArmed = false;
      this.#ready(error);
    }
    if (!this.#isArmed) this.#host.afterTold(this.#rest);
    return wasArmed;
  };

  /**
   * Nobody has asked again by the time those who were told have run: cease to look, and let the process end. Not earlier: a program that
   * waits in a loop asks at once, and then none of this costs a call.
   */
  readonly #rest = (): void => {
    if (this.#isArmed || !this.#source) return;
    this.#source.rest();
    this.#settleRef();
  };

  #settleRef(): void {
    const wanted = this.#isArmed && this.#wantsRef;
    if (!this.#source || wanted === this.#isReffed) return;
    this.#source.ref(wanted);
    this.#isReffed = wanted;
  }
}

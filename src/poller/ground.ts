// SPDX-License-Identifier: LGPL-2.1-or-later

// What a Poller stands on: this kernel and the event loop of this runtime (poller.ts), or a simulated kernel and its tasks (sim/poller-ground.ts).

import type { WaitHost } from '../../host/waiter.js';
import type { VPollGround } from '../vpoll-base.js';
import type { PollSet } from './set.js';

/** A Poller, or its sets. */
export interface Closable {
  close(): unknown;
}

/** All in which Pollers of two kernels differ is a member. */
export interface PollerGround {
  /** What its sets are made of, and how somebody waits for one. */
  readonly host: WaitHost;
  /** The same for listeners, for whose events nobody waits: here as any other, in a simulation beside what a task waits for. */
  readonly listening: WaitHost;
  /** Whose VPolls it takes. */
  readonly vpolls: VPollGround;
  /**
   * Whether each watch() has a set of its own, not that of listeners. Here the event loop waits for all of them. In a simulation each step is a wait of
   * the task that makes it.
   */
  readonly watchesApart: boolean;
  /** Calls `run` after so many milliseconds of a wait for `set`; what it returns cancels that. */
  readonly after: (run: () => void, delayMs: number, set: PollSet) => () => void;
  /** Calls `run`, which lets somebody go on whose wait for `set` has ended early: here at once, in a simulation when the kernel's scheduler wakes that task. */
  readonly goOn: (set: PollSet, run: () => void) => void;
  /** What a listener has thrown, which nobody can catch: here the process hears of it, in a simulation its task has failed. */
  readonly uncaught: (error: unknown) => void;
  /** One is open from now on: here its descriptors are closed if it is forgotten, in a simulation it is closed where its task dies. */
  readonly opened: (poller: Closable, sets: Closable) => void;
  /** It is to be closed. In a simulation only a task may do that, else this throws. */
  readonly closed: (poller: Closable) => void;
  /** Whether it has listeners: then it isn't forgotten, even when nobody holds it. */
  readonly hold: (poller: Closable, on: boolean) => void;
  /** Keeps the process alive until `gone`. */
  readonly outlive: (gone: Promise<unknown>) => Promise<void>;
}

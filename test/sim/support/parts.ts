// SPDX-License-Identifier: LGPL-2.1-or-later

// What meetings of tasks are made of (meetings.ts, apart.ts).

import type { Kernel } from '../../../src/sim/index.js';
import type { Random } from '../../support/random.js';

/** What one task does at a meeting. */
export type Part = (kernel: Kernel) => Promise<void>;

/** The parts of a meeting for so many tasks, and what they share. */
export type Meeting = (random: Random, count: number) => Part[];

/** Kinds of meetings, by name. */
export type Meetings = Readonly<Record<string, Meeting>>;

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let made: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    made = { resolve, reject };
  });
  // The one who waits for it may come late, which is no fault.
  promise.catch(() => undefined);
  return { promise, ...made! };
}

/** One leads, all others do the same. */
export function led(count: number, lead: Part, follow: (index: number) => Part): Part[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? lead : follow(i)));
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// A classic bug of event-driven programs: small tasks that have it, and the same without it.

import type { Kernel, KernelVPoll, Tasks } from '../../../src/sim/index.js';

export interface Bug {
  /** What people call it. */
  readonly name: string;
  /** Tasks that fail in some runs; mended, in none. */
  readonly tasks: (isMended: boolean) => Tasks;
}

/** What the first task that needs it makes, and all share. */
export function makeOnce<T>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  let made: { readonly it: T } | undefined;
  return (kernel) => (made ??= { it: make(kernel) }).it;
}

/** A vpoll that is made by the first task that needs it. */
export function createShared(): (kernel: Kernel) => KernelVPoll {
  return makeOnce(({ VPoll }) => VPoll.create());
}

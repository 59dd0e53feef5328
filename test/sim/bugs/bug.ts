// SPDX-License-Identifier: LGPL-2.1-or-later

// A classic bug of event-driven programs: small tasks that have it, and the same without it.

import type { Kernel, KernelVPoll, Tasks } from '../../../src/sim/index.js';

export interface Bug {
  /** What people call it. */
  readonly name: string;
  /** Tasks that fail in some runs; mended, in none. */
  readonly tasks: (isMended: boolean) => Tasks;
}

/** A vpoll that is made by the first task that needs it. */
export function createShared(): (kernel: Kernel) => KernelVPoll {
  let vp: KernelVPoll | undefined;
  return ({ VPoll }) => (vp ??= VPoll.create());
}

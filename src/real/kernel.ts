// SPDX-License-Identifier: LGPL-2.1-or-later

// This kernel, as what a program stands on that takes its kernel as an argument.

import { toDelay } from '../kernel/arguments.js';
import { createFileMakers } from '../kernel/files.js';
import type { Kernel } from '../kernel/types.js';
import { Poller } from '../poller/poller.js';
import { VPoll } from '../vpoll.js';
import { FILES } from './ground.js';

/** The most that setTimeout takes. */
const DELAY_MS_MAX = 0x7fffffff;

function turn(): Promise<void> {
  return new Promise((resolve) => {
    process.getBuiltinModule('node:timers').setImmediate(resolve);
  });
}

/** A timer may come a moment early, by this clock. */
async function sleep(ms: number): Promise<void> {
  const delay_ms = toDelay(ms);
  if (delay_ms === 0) return turn();
  const until_ms = performance.now() + delay_ms;
  for (let left_ms = delay_ms; left_ms > 0; left_ms = until_ms - performance.now()) {
    const part_ms = Math.min(Math.ceil(left_ms), DELAY_MS_MAX);
    await new Promise<void>((resolve) => process.getBuiltinModule('node:timers').setTimeout(resolve, part_ms));
  }
}

/**
 * This machine's kernel, as the simulated one of `vpoll/sim` is given to a task: a program that takes its kernel as an argument runs on both.
 *
 * ```ts
 * async function echo({ Poller, socketpair }: Kernel) { ... }
 * await echo(realKernel());
 * await simulate({ tasks: { echo } });
 * ```
 *
 * `VPoll` and `Poller` are the classes of this package; `sleep` keeps the process alive, and `now` is performance.now(). It holds nothing itself: what it makes
 * is the caller's to close. What it makes throws {@link VPollError}: ENOSYS where this isn't Linux, EACCES where the runtime forbids it, EMFILE, ENFILE or ENOMEM.
 */
export function realKernel(): Kernel {
  return { VPoll, Poller, sleep, now: () => performance.now(), ...createFileMakers(FILES) };
}

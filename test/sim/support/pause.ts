// SPDX-License-Identifier: LGPL-2.1-or-later

// The ways in which a task lets time pass: by its kernel, or by what the runtime has for that.

import timers from 'node:timers/promises';
import type { Kernel } from '../../../src/sim/index.js';
import type { Random } from '../../support/random.js';

/** Some way to let time pass. */
export function pause(random: Random): (kernel: Kernel) => Promise<unknown> {
  const ms = random.below(6);
  const ways: ((kernel: Kernel) => Promise<unknown>)[] = [
    ({ sleep }) => sleep(ms),
    () => new Promise((resolve) => setTimeout(resolve, ms)),
    () => timers.setTimeout(ms),
    () => new Promise((resolve) => setImmediate(resolve)),
    () => Promise.resolve(),
    () =>
      new Promise((resolve) => {
        process.nextTick(resolve);
      }),
    ({ sleep }) => Promise.all([sleep(ms), sleep(0)]),
    ({ sleep }) => sleep(Math.floor(Math.random() * 3)),
  ];
  return ways[random.below(ways.length)]!;
}

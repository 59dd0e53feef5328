// SPDX-License-Identifier: LGPL-2.1-or-later

// A race that every strategy finds.

import type { Kernel, Tasks } from '../../../src/sim/index.js';

/** Two tasks add to a counter, each by a read, a pause and a write. */
export function counters(): Tasks {
  let count = 0;
  let done = 0;
  const add = async ({ sleep }: Kernel): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      const before = count;
      await sleep(0);
      count = before + 1;
    }
    if (++done === 2 && count !== 6) throw new Error(`counted ${count}`);
  };
  // In the plain order the first is at its end before the second begins.
  const later = async (kernel: Kernel): Promise<void> => {
    for (let i = 0; i < 6; i++) await kernel.sleep(0);
    await add(kernel);
  };
  return { first: add, second: later };
}

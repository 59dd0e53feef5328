// SPDX-License-Identifier: LGPL-2.1-or-later

import { compiledFor32Bits } from '../compile.js';
import { insmod, rmmod } from '../module.js';
import { byCounts, type Step } from '../steps.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'compat',
  about: 'a program of 32 bits makes the same requests',
  kernels: { ci: ['microvm-6.1'], all: ['stock-5.10', 'stock-6.1', 'stock-6.12', 'microvm-6.1-kasan'] },
  async run(guest) {
    const program = await compiledFor32Bits(guest.run, 'compat');
    const over = (backend: string): Step => ({
      name: `over ${backend}`,
      command: [program, backend],
      judge: (output, status) => byCounts(output, output.startsWith('32 bits\n') ? status : 1),
    });
    await guest.steps([
      ...(guest.backends.includes('eventfd') ? [over('eventfd')] : []),
      insmod(await guest.module()),
      over('device'),
      rmmod(),
    ]);
  },
};

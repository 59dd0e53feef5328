// SPDX-License-Identifier: LGPL-2.1-or-later

import { compiled } from '../compile.js';
import { leaks } from '../leaks.js';
import { insmod, rmmod } from '../module.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'memory',
  about: 'each allocation fails in turn while a vpoll is made: ENOMEM, and nothing leaks',
  kernels: { all: ['microvm-6.1-kasan'] },
  async run(guest) {
    const program = await compiled(guest.run, 'memory');
    await guest.steps([
      { name: 'over eventfd', command: [program, 'eventfd'] },
      insmod(await guest.module()),
      { name: 'over device', command: [program, 'device'] },
      rmmod(),
      // The module's own tables point to nothing any more: what they held is lost.
      ...leaks(guest),
    ]);
  },
};

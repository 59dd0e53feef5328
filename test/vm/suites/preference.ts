// SPDX-License-Identifier: LGPL-2.1-or-later

import { filesOf, suites } from '../library.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'preference',
  about:
    'which backend a vpoll gets, as the module comes and goes, may not be opened, or is something else, in running processes',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['stock-6.1'],
    all: ['microvm-6.1', 'microvm-6.1-plain', 'stock-6.12', 'stock-5.10', 'uml-5.10', 'uml-6.12', 'uml-7.3'],
  },
  isLong: true,
  async run(guest) {
    await guest.steps([suites('preference', filesOf('preference'), { VPOLL_MODULE: await guest.module() }, 180)]);
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

import { bySelftest, compileSelftest } from '../selftest.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'series',
  about: 'the selftest that the series itself brings',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['microvm-6.1'],
    all: ['uml-5.10', 'uml-6.12', 'uml-7.3', 'microvm-6.1-kasan', 'microvm-6.1-kcsan'],
  },
  async run(guest) {
    const program = await compileSelftest(guest.kernel.source!, 'filesystems/eventfd/eventfd_vpoll_test', guest.folder);
    await guest.steps([{ name: 'eventfd_vpoll_test', command: [program], timeout_s: 120, judge: bySelftest }]);
  },
};

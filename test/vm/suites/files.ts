// SPDX-License-Identifier: LGPL-2.1-or-later

import { overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'files',
  about: 'the library over each backend of the kernel: identity, attach, injected errors, and the fake kernel against this one',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['stock-6.1'],
    all: ['microvm-6.1', 'stock-6.12', 'stock-5.10', 'uml-5.10', 'uml-6.12', 'uml-7.3', 'microvm-6.1-kasan'],
  },
  async run(guest) {
    const steps = await overEach(guest, (backend) => suites(backend, ['test/guest/file'], { VPOLL_BACKEND: backend }, 240));
    await guest.steps(steps);
  },
};

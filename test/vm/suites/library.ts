// SPDX-License-Identifier: LGPL-2.1-or-later

import { overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

const PARTS = ['test/real', 'test/docs/examples', 'test/docs/syscalls.test'];

export const suite: Suite = {
  name: 'library',
  about:
    "the library's whole suite on real descriptors, the demo, the examples and docs/syscalls.md under strace, over each backend",
  kernels: {
    all: ['uml-6.1', 'microvm-6.1', 'stock-6.1', 'stock-6.12', 'uml-6.12', 'uml-7.3'],
  },
  async run(guest) {
    await guest.steps(await overEach(guest, (backend) => suites(backend, PARTS, { VPOLL_BACKEND: backend }, 1500)));
  },
};

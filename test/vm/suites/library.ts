// SPDX-License-Identifier: LGPL-2.1-or-later

import { overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

const PARTS = ['test/real', 'test/poller', 'test/interop', 'test/docs/examples', 'test/docs/syscalls.test'];
/** What is about a socketpair, or about no backend at all, runs once. */
const ONCE = [
  ...['test/real/attach', 'test/real/defects', 'test/real/elsewhere', 'test/real/events-text', 'test/real/final-states'],
  ...['test/real/injected', 'test/real/libc'],
];
/** A step has so long for all of that. */
const TIMEOUT_S = 1500;

export const suite: Suite = {
  name: 'library',
  about:
    "the library's whole suite on real descriptors, the demo, the examples and docs/syscalls.md under strace, over each backend",
  kernels: {
    all: ['uml-6.1', 'microvm-6.1', 'stock-6.1', 'stock-6.12', 'uml-6.12', 'uml-7.3'],
  },
  async run(guest) {
    // What docs/syscalls.md says of a socketpair is true where nothing better is found first.
    const without = guest.backends.includes('eventfd') ? ['test/docs/syscalls'] : [];
    const emulator = suites(
      'socketpair, and the fake kernel against this one',
      [...PARTS, 'test/core/model'],
      { VPOLL_BACKEND: 'socketpair' },
      TIMEOUT_S,
      without,
    );
    const files = await overEach(guest, (backend) => suites(backend, PARTS, { VPOLL_BACKEND: backend }, TIMEOUT_S, ONCE));
    await guest.steps([emulator, ...files]);
  },
};

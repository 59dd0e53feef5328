// SPDX-License-Identifier: LGPL-2.1-or-later

import { filesIn, filesOf, overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

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
    const once = filesOf('library/once');
    const each = ['real', 'poller', 'interop'].flatMap(filesIn).filter((file) => !once.includes(file));
    const all = [...each, ...filesOf('library')];
    // What docs/syscalls.md says of a socketpair is true where nothing better is found first.
    const plain = guest.backends.includes('eventfd') ? all.filter((file) => !file.startsWith('test/docs/syscalls')) : all;
    const emulator = suites(
      'socketpair, and the fake kernel against this one',
      [...plain, ...once],
      { VPOLL_BACKEND: 'socketpair' },
      TIMEOUT_S,
    );
    const files = await overEach(guest, (backend) => suites(backend, all, { VPOLL_BACKEND: backend }, TIMEOUT_S));
    await guest.steps([emulator, ...files]);
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

import { overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

/** Of test/real, what goes by the backend and needs few processes: a start of Node takes seconds in a guest. */
const PARTS = [
  ...['arguments', 'defect-08', 'edges', 'lifetime', 'limits-emfile', 'masks', 'property', 'reused-number', 'supports'].map(
    (name) => `test/real/${name}`,
  ),
  'test/docs/syscalls.test',
];

export const suite: Suite = {
  name: 'library-core',
  about: 'the part of `library` that CI has the time for',
  kernels: { ci: ['uml-6.1'] },
  async run(guest) {
    await guest.steps(await overEach(guest, (backend) => suites(backend, PARTS, { VPOLL_BACKEND: backend }, 900)));
  },
};

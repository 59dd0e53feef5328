// SPDX-License-Identifier: LGPL-2.1-or-later

import { overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

/** Of test/real, what goes by the backend and needs few processes: a start of Node takes seconds in a guest. */
const PARTS = [
  ...['arguments', 'defect-07', 'defect-08', 'defect-10', 'demo', 'edges', 'lifetime', 'limits-emfile', 'limits-many', 'masks'],
  ...['property', 'reused-number', 'sharing.test', 'signals', 'supports'],
].map((name) => `test/real/${name}`);

export const suite: Suite = {
  name: 'library-core',
  about: 'the part of `library` that CI has the time for',
  kernels: { ci: ['uml-6.1', 'stock-6.1'] },
  async run(guest) {
    const parts = [...PARTS, 'test/docs/syscalls.test'];
    await guest.steps(await overEach(guest, (backend) => suites(backend, parts, { VPOLL_BACKEND: backend }, 900)));
  },
};

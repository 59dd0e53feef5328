// SPDX-License-Identifier: LGPL-2.1-or-later

import { filesOfDay, overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'library-core',
  about: 'the part of `library` that CI has the time for',
  kernels: { ci: ['uml-6.1'] },
  isLong: true,
  async run(guest) {
    // What goes by the backend and needs few processes: a start of Node takes seconds in a guest.
    const files = filesOfDay(guest, 'library-core', 2);
    await guest.steps(await overEach(guest, (backend) => suites(backend, files, { VPOLL_BACKEND: backend }, 900)));
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

import { filesOf, filesOfDay, fuseForAll, suites } from '../library.js';
import type { Step } from '../steps.js';
import type { Suite } from '../suites.js';

const TIMEOUT_S = 900;

export const suite: Suite = {
  name: 'emulators',
  about: "tcp and fuse as other kernels' TCP and FUSE carry them: masks, edges, wake-ups, ping-pongs, the doctor",
  kernels: { ci: ['uml-6.1'], all: ['stock-6.1', 'stock-6.12', 'stock-5.10', 'uml-5.10', 'uml-6.12', 'uml-7.3'] },
  isLong: true,
  async run(guest) {
    // What runs over tcp, and what is about tcp: it rests on how a kernel's TCP works, which no version number tells.
    const steps: Step[] = [suites('tcp', filesOfDay(guest, 'emulators/tcp', 2), { VPOLL_BACKEND: 'tcp' }, TIMEOUT_S)];
    if (guest.kernel.kernel.machine === 'pc')
      steps.push(...fuseForAll(guest), suites('fuse', filesOf('emulators/fuse'), {}, TIMEOUT_S));
    await guest.steps(steps);
  },
};

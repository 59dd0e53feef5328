// SPDX-License-Identifier: LGPL-2.1-or-later

import { filesOf, overEach, suites } from '../library.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'message-socket',
  about:
    'the worked example: POLLPRI in an unmodified C program, on a socket in TypeScript beside a real TCP socket, over each backend',
  kernels: { ci: ['uml-6.1'] },
  isLong: true,
  async run(guest) {
    await guest.steps(
      await overEach(guest, (backend) => suites(backend, filesOf('message-socket'), { VPOLL_BACKEND: backend }, 240)),
    );
  },
};

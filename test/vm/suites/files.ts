// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { root } from '../../../tools/build.js';
import { filesOf, overEach, suites } from '../library.js';
import { byStatus } from '../steps.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'files',
  about:
    'the library over each backend of the kernel: identity, attach, injected errors, ways to open it, and the fake kernel against this one',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['stock-6.1'],
    all: ['microvm-6.1', 'stock-6.12', 'stock-5.10', 'uml-5.10', 'uml-6.12', 'uml-7.3', 'microvm-6.1-kasan'],
  },
  isLong: true,
  async run(guest) {
    const steps = await overEach(guest, (backend) => suites(backend, filesOf('files'), { VPOLL_BACKEND: backend }, 240));
    const opens = join(await guest.run.programs(), 'opens');
    await guest.steps([
      ...steps,
      {
        name: 'how the device may be opened',
        command: [
          'sh',
          '-c',
          '"$0" >/tmp/opens; grep -v "^#" "$1" | diff /tmp/opens -',
          opens,
          join(root, 'test/vm/guest/opens.txt'),
        ],
        judge: byStatus,
      },
    ]);
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

import type { Guest } from './guest.js';
import { verdict } from './report.js';
import type { Step } from './steps.js';

const FILE = '/sys/kernel/debug/kmemleak';

/**
 * Looks for leaks, in a kernel that can: memory that nothing points to any more. Such a kernel calls it a leak only when two scans
 * agree that it is some seconds old.
 */
export function leaks(guest: Guest): Step[] {
  const { kernel } = guest.kernel;
  if (!('configs' in kernel) || !kernel.configs.includes('kasan')) return [];
  const scans = `echo scan >${FILE} && sleep 6 && echo scan >${FILE} && sleep 6 && echo scan >${FILE}`;
  return [
    {
      name: 'no leaks',
      command: ['sh', '-c', `${scans} && cat ${FILE} && echo scanned`],
      timeout_s: 120,
      // The console has what the kernel says meanwhile, too: a busy host makes its timers late. A leak's report begins so (mm/kmemleak.c).
      judge: (output) => verdict(output.endsWith('scanned\n') && !/^unreferenced object/m.test(output), output),
    },
  ];
}

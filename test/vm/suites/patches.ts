// SPDX-License-Identifier: LGPL-2.1-or-later

import { checkSeries } from '../series.js';
import { lines } from '../series/line.js';
import { verdict } from '../report.js';
import { sourceOf } from '../source.js';
import type { Suite } from '../suites.js';

export const suite: Suite = {
  name: 'patches',
  about:
    'each series: no fuzz, no new warning by W=1 or sparse after any of its patches, checkpatch --strict, git am; boots nothing',
  kernels: { all: ['uml-6.1', 'uml-6.12', 'uml-5.10', 'uml-7.3'] },
  packages: ['series'],
  async run(guest) {
    const { folder } = await sourceOf(guest.kernel.kernel);
    // The series for 5.2 is checked against what is made of 5.10.
    for (const { name } of lines.filter(({ release }) => guest.name === `uml-${release}`)) {
      const faults = await checkSeries(name, folder);
      guest.add(name, verdict(faults.length === 0, faults.join('\n')));
    }
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fixes, lines, MAN_PAGES } from '../../../tools/series.js';
import { root } from '../../support/run.js';
import { archive } from '../apt.js';
import { checkSeries } from '../series.js';
import { verdict, type Verdict } from '../report.js';
import { said } from '../series/said.js';
import { sourceOf } from '../source.js';
import type { Suite } from '../suites.js';

/** Applies the patch for eventfd(2) to the page as Debian's newest man-pages have it, and renders that with all warnings. */
async function ofManPages(folder: string): Promise<Verdict> {
  const patch = join(root, 'linux_patch', MAN_PAGES);
  const name = (await readdir(patch)).find((file) => file.endsWith('.patch'));
  await (await archive(['sid'])).unpack(['manpages-dev'], join(folder, 'package'));
  const page = join(folder, 'man/man2/eventfd.2');
  await mkdir(dirname(page), { recursive: true });
  await writeFile(page, gunzipSync(await readFile(join(folder, 'package/usr/share/man/man2/eventfd.2.gz'))));
  const input = await readFile(join(patch, name!), 'utf8');
  const applied = await said(folder, ['patch', '-p1', '--fuzz=0', '--batch'], { input });
  const rendered = await said(folder, ['sh', '-c', 'man --warnings -E UTF-8 -l -Tutf8 -Z "$0" >/dev/null', page]);
  const isGood = applied.status === 0 && rendered.status === 0 && rendered.text === '';
  return verdict(isGood, `${applied.text}${rendered.text}`);
}

export const suite: Suite = {
  name: 'patches',
  about:
    'each series: no fuzz, no new warning by W=1 or sparse after any of its patches, checkpatch --strict, git am; the one for eventfd(2); boots nothing',
  kernels: { all: ['uml-6.1', 'uml-6.12', 'uml-5.10', 'uml-7.3'] },
  bootsNothing: true,
  packages: ['series', 'pages'],
  async run(guest) {
    const { folder } = await sourceOf(guest.kernel.kernel);
    // The series for 5.2 is checked against what is made of 5.10.
    for (const { name } of [...lines, ...fixes].filter(({ release }) => guest.name === `uml-${release}`)) {
      const faults = await checkSeries(name, folder);
      guest.add(name, verdict(faults.length === 0, faults.join('\n')));
    }
    if (guest.name === 'uml-7.3') guest.add(MAN_PAGES, await ofManPages(guest.folder));
  },
};

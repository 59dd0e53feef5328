// SPDX-License-Identifier: LGPL-2.1-or-later

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleOf, lineNamed } from '../../../tools/series.js';
import type { Guest } from '../guest.js';
import { verdict } from '../report.js';
import { run } from '../shell.js';
import type { Judge } from '../steps.js';
import { bySelftest, compileSelftest } from '../selftest.js';
import type { Suite } from '../suites.js';

/** The program of the cover letter, compiled with the header that compileSelftest() has put there. */
async function example(guest: Guest): Promise<string> {
  const { kernel } = guest.kernel;
  const program = join(guest.folder, 'example');
  if (!('series' in kernel)) throw new Error(`${guest.name} has no series`);
  await writeFile(`${program}.c`, exampleOf(lineNamed(kernel.series)));
  await run('gcc', ['-Wall', '-Werror', '-I', join(guest.folder, 'include'), '-pthread', '-o', program, `${program}.c`]);
  return program;
}

/** Three ticks, as often as its user looked, and the end. */
const ticks: Judge = (output, status) => {
  const seen = [...output.matchAll(/^(\d) tick$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  return verdict(status === 0 && seen === 3 && output.endsWith('gone\n'), `${output}status ${status}`);
};

export const suite: Suite = {
  name: 'series',
  about: 'the selftest that the series itself brings, and the example of its cover letter',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['microvm-6.1'],
    all: ['uml-5.10', 'uml-6.12', 'uml-7.3', 'microvm-6.1-kasan', 'microvm-6.1-kcsan'],
  },
  async run(guest) {
    const program = await compileSelftest(guest.kernel.source!, 'filesystems/eventfd/eventfd_vpoll_test', guest.folder);
    await guest.steps([
      { name: 'eventfd_vpoll_test', command: [program], timeout_s: 120, judge: bySelftest },
      { name: 'the example of the cover letter', command: [await example(guest)], judge: ticks },
    ]);
  },
};

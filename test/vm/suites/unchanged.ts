// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../guest.js';
import { kernelNamed } from '../kernels.js';
import { verdict } from '../report.js';
import { compileSelftest, resultsOf } from '../selftest.js';
import { sourceOf } from '../source.js';
import type { Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** The kernel's own tests of what the series touches, and the kernel whose source has them: the newest that this compiler takes. */
const TESTS = [
  { program: 'filesystems/epoll/epoll_wakeup_test', from: 'uml-6.12' },
  { program: 'filesystems/eventfd/eventfd_test', from: 'uml-6.12' },
];

async function compile(folder: string): Promise<string[]> {
  const programs: string[] = [];
  await mkdir(folder, { recursive: true });
  for (const { program, from } of TESTS) {
    const { folder: source } = await sourceOf(kernelNamed(from));
    programs.push(await compileSelftest(source, program, folder));
  }
  return programs;
}

/** The results of each program in a kernel, test by test. */
async function resultsIn(guest: Guest, programs: string[]): Promise<string[][]> {
  const results: string[][] = [];
  const steps: Step[] = programs.map((program) => ({
    name: `${program.split('/').at(-1)} ends, by itself`,
    command: [program],
    // Some of its tests fail where they always did; what counts is that a series changes nothing.
    judge: (output, status) => {
      results.push(resultsOf(output));
      return verdict(status <= 1 && resultsOf(output).length > 0, `${output}status ${status}`);
    },
    timeout_s: 120,
  }));
  await guest.steps(steps);
  return results;
}

export const suite: Suite = {
  name: 'unchanged',
  about: "the kernel's own selftests of epoll and eventfd: the same results with the series as without",
  kernels: { all: ['microvm-6.1', 'uml-5.10', 'uml-6.12', 'uml-7.3'] },
  async run(guest) {
    const programs = await compile(guest.folder);
    const plain = await guest.other(`${guest.name}-plain`);
    const without = await resultsIn(plain, programs);
    const results = await resultsIn(guest, programs);
    for (const [index, program] of programs.entries()) {
      const before = without[index] ?? [];
      const after = results[index] ?? [];
      const differing = after.filter((result) => !before.includes(result));
      const good = after.filter((result) => result.startsWith('ok ')).length;
      guest.add(`${program.split('/').at(-1)}, ${good} of ${after.length} ok with and without`, {
        passed: after.length - differing.length,
        failed: differing.length + (after.length === before.length && after.length > 0 ? 0 : 1),
        details: `with: ${after.join(', ')}\nwithout: ${before.join(', ')}\nfiles: ${join(guest.folder)}`,
      });
    }
  },
};

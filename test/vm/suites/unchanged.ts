// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
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

/** Whether each test of a program was ok, by its name. */
type Results = Map<string, boolean>;

function asResults(output: string): Results {
  return new Map(resultsOf(output).map((result) => [result.replace(/^(not )?ok /, ''), result.startsWith('ok ')]));
}

/** The results of each program in a kernel; none of a program before whose end the guest died. */
async function resultsIn(guest: Guest, programs: string[]): Promise<Results[]> {
  const results: Results[] = programs.map(() => new Map<string, boolean>());
  const steps: Step[] = programs.map((program, index) => ({
    name: `${basename(program)} ends, by itself`,
    command: [program],
    // Some of its tests fail where they always did; what counts is that a series changes nothing.
    judge: (output, status) => {
      results[index] = asResults(output);
      return verdict(status <= 1 && results[index].size > 0, `${output}status ${status}`);
    },
    timeout_s: 120,
  }));
  await guest.steps(steps);
  return results;
}

/** epoll59 and epoll60 must be through within times of their own, which a busy machine may not keep to: a test gets more tries. */
const TRIES = 5;

/** Runs tests of a program again in a kernel where they were not ok, each until it is. Returns the names of those that became it. */
async function again(guest: Guest, program: string, names: string[]): Promise<string[]> {
  const good: string[] = [];
  const loop = `for i in $(seq ${TRIES}); do "$0" -t "$1" && exit; done; exit 1`;
  const steps: Step[] = names.map((name) => ({
    name: `${name} once more`,
    command: ['sh', '-c', loop, program, name.replace(/^.*\./, '')],
    judge: (output, status) => {
      if (status === 0) good.push(name);
      return verdict(resultsOf(output).length > 0, output);
    },
    timeout_s: 30 * TRIES,
  }));
  if (steps.length > 0) await guest.steps(steps);
  return good;
}

/** Compares a program's results in two kernels, and says so. */
async function compare(guest: Guest, plain: Guest, program: string, after: Results, before: Results): Promise<void> {
  const names = [...new Set([...after.keys(), ...before.keys()])];
  const worse = names.filter((name) => !after.get(name) && before.get(name));
  const better = names.filter((name) => after.get(name) && !before.get(name));
  for (const name of await again(guest, program, worse)) after.set(name, true);
  for (const name of await again(plain, program, better)) before.set(name, true);
  const differing = names.filter((name) => after.get(name) !== before.get(name));
  const good = names.filter((name) => after.get(name));
  guest.add(`${basename(program)}, the same with and without: ${good.length} of ${names.length} ok`, {
    passed: names.length - differing.length,
    failed: names.length === 0 ? 1 : differing.length,
    details: differing.map((name) => `${name}: with ${after.get(name)}, without ${before.get(name)}`).join('\n'),
  });
}

export const suite: Suite = {
  name: 'unchanged',
  about: "the kernel's own selftests of epoll and eventfd: the same results with the series as without",
  kernels: { all: ['microvm-6.1', 'uml-5.10', 'uml-6.12', 'uml-7.3'] },
  isAlone: true,
  async run(guest) {
    const programs = await compile(guest.folder);
    const plain = await guest.other(`${guest.name}-plain`);
    const without = await resultsIn(plain, programs);
    const results = await resultsIn(guest, programs);
    for (const [index, program] of programs.entries()) await compare(guest, plain, program, results[index]!, without[index]!);
  },
};

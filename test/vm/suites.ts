// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { importSource } from '../../tools/runtimes.js';
import { root } from '../support/run.js';
import type { Guest } from './guest.js';
import { kernels } from './kernels.js';

/** `quick` is what `npm run test:vm` runs; `ci` what .ci/run does as well, and `all` is everything. */
export type SetName = 'quick' | 'ci' | 'all';

const SETS: SetName[] = ['quick', 'ci', 'all'];

/**
 * A suite: one file in suites/ that exports one of these as `suite`. It runs once in each kernel, each time with a Guest. That
 * boots the kernel as often as the suite wants, and counts what it finds:
 *
 *     export const suite: Suite = {
 *       name: 'example',
 *       about: 'says what it shows',
 *       kernels: { quick: ['uml-6.1'], all: ['stock-6.12'] },
 *       async run(guest) {
 *         await guest.steps([
 *           { name: 'node starts', command: ['node', '-p', '1'], judge: byStatus },
 *           insmod(await guest.module()),
 *           { name: 'edges', command: [join(await guest.run.programs(), 'edges'), 'device'] },
 *         ]);
 *       },
 *     };
 */
export interface Suite {
  name: string;
  /** One line for --list. */
  about: string;
  /** The kernels that each set adds: `ci` runs those of `quick` too, and `all` those of both. */
  kernels: Partial<Record<SetName, string[]>>;
  /** Groups of tools/apt.sh that it needs beside what its kernels do. */
  packages?: string[];
  /** It takes minutes: where CI has it in a kernel, it has it there one day in three. */
  isLong?: boolean;
  /** It needs the source that a kernel is made of, and boots nothing: no kernel is built or fetched for it. */
  bootsNothing?: boolean;
  /** It measures, or tests what has limits in time of its own: no other guest runs meanwhile. */
  isAlone?: boolean;
  run(guest: Guest): Promise<void>;
}

/** A suite in a kernel. */
export interface Pair {
  suite: Suite;
  kernel: string;
}

/** A suite that waits for its turn, and how many processors its guests have. */
export interface Job {
  suite: Suite;
  cpus: number;
}

/**
 * Runs suites side by side, of one kernel or of several, as many as there are `processors`: their guests have one more together at the most, since one waits now and
 * then, or it is one suite that has more. The widest begin first, and those with one processor (User-Mode Linux) fill what they leave. Those that must be alone come last.
 */
export async function runTogether<J extends Job>(
  jobs: J[],
  processors: number,
  runOne: (job: J) => Promise<void>,
): Promise<void> {
  const capacity = processors + 1;
  const queue = jobs.filter(({ suite }) => !suite.isAlone).sort((a, b) => b.cpus - a.cpus);
  const running = new Set<Promise<void>>();
  let free = capacity;
  while (queue.length > 0 || running.size > 0) {
    const index = running.size < processors ? queue.findIndex(({ cpus }) => Math.min(cpus, capacity) <= free) : -1;
    if (index < 0) {
      await Promise.race(running);
      continue;
    }
    const job = queue.splice(index, 1)[0]!;
    const cpus = Math.min(job.cpus, capacity);
    free -= cpus;
    const done = runOne(job).finally(() => {
      free += cpus;
      running.delete(done);
    });
    running.add(done);
  }
  for (const job of jobs.filter(({ suite }) => suite.isAlone)) await runOne(job);
}

/** Every suite of suites/, in the order of their names. */
export async function allSuites(): Promise<Suite[]> {
  const folder = join(root, 'test/vm/suites');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const modules = await Promise.all(files.map((name) => importSource(join(folder, name)) as Promise<{ suite?: Suite }>));
  return modules.map(({ suite }, index) => {
    if (!suite) throw new Error(`test/vm/suites/${files[index]} exports no suite`);
    return suite;
  });
}

function kernelsIn(suite: Suite, set: SetName): string[] {
  return SETS.slice(0, SETS.indexOf(set) + 1).flatMap((each) => suite.kernels[each] ?? []);
}

/** What a run consists of, kernel by kernel. With names, of kernels or of suites: of the set, what has one of each that was named. */
export function plan(suites: Suite[], set: SetName, names: string[]): Pair[] {
  const known = [...kernels.map(({ name }) => name), ...suites.map(({ name }) => name)];
  const strange = names.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`no kernel or suite ${strange.join(', ')}; there are ${known.join(', ')}`);
  const wantedKernels = kernels.filter(({ name }) => names.includes(name));
  const wantedSuites = suites.filter(({ name }) => names.includes(name));
  return kernels
    .filter((kernel) => wantedKernels.length === 0 || wantedKernels.includes(kernel))
    .flatMap(({ name }) =>
      suites
        .filter((suite) => wantedSuites.length === 0 || wantedSuites.includes(suite))
        .filter((suite) => kernelsIn(suite, set).includes(name))
        .map((suite) => ({ suite, kernel: name })),
    );
}

/** The suites of a plan by their kernels, and whether all that is needed of one is its source. */
export function byKernel(pairs: Pair[]): { kernel: string; suites: Suite[]; bootsNothing: boolean }[] {
  return [...new Set(pairs.map(({ kernel }) => kernel))].map((kernel) => {
    const suites = pairs.filter((pair) => pair.kernel === kernel).map(({ suite }) => suite);
    return { kernel, suites, bootsNothing: suites.every((suite) => suite.bootsNothing) };
  });
}

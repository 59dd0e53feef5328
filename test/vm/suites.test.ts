// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// Which suites run beside which, of one kernel or of several.

import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testFiles } from '../../tools/where.js';
import { allSuites, byKernel, type Job, plan, runTogether } from './suites.js';

function job(name: string, cpus: number, isAlone = false): Job {
  return { suite: { name, about: '', kernels: {}, isAlone, run: () => Promise.resolve() }, cpus };
}

/** Runs the suites, and says what ran at each moment at which one began. */
async function moments(jobs: Job[], processors: number): Promise<string[][]> {
  const seen: string[][] = [];
  const running = new Set<string>();
  await runTogether(jobs, processors, async ({ suite: { name } }) => {
    running.add(name);
    seen.push([...running].sort());
    for (let i = 0; i < 5; i++) await turn();
    running.delete(name);
  });
  assert.is(running.size, 0);
  assert.is(seen.length, jobs.length, 'each runs once');
  return seen;
}

test('guests fill the processors that there are, and what measures runs alone, after them', async () => {
  const jobs = [job('a', 1), job('measures', 1, true), job('b', 1), job('c', 1), job('d', 1)];
  const seen = await moments(jobs, 2);
  assert.equal(seen.slice(0, 2), [['a'], ['a', 'b']]);
  for (const names of seen) assert.ok(names.length <= 2);
  assert.equal(seen.at(-1), ['measures']);
});

test('guests of several processors begin first, and those of one fill what they leave', async () => {
  const seen = await moments([job('a', 1), job('b', 1), job('wide', 2), job('wider', 2)], 2);
  assert.equal(seen.slice(0, 2), [['wide'], ['a', 'wide']]);
  for (const names of seen) assert.not.ok(names.includes('wide') && names.includes('wider'));
});

test('guests that have more processors than there are run one after the other', async () => {
  const seen = await moments([job('a', 1000), job('b', 1000), job('c', 1)], 2);
  assert.equal(seen, [['a'], ['b'], ['c']]);
});

test('a suite that fails ends the run, as itself', async () => {
  const failing = runTogether([job('a', 1)], 1, () => Promise.reject(new Error('of a')));
  const said = await failing.then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
  assert.is(said, 'Error: of a');
});

test('a kernel is built where a suite boots it; the patches are checked by the sources alone', async () => {
  const suites = await allSuites();
  const patches = byKernel(plan(suites, 'all', ['patches']));
  assert.ok(patches.length >= 4);
  for (const { kernel, bootsNothing } of patches) assert.ok(bootsNothing, kernel);
  const both = byKernel(plan(suites, 'all', ['uml-6.1', 'patches', 'series']));
  assert.equal(
    both.map(({ kernel, suites: those, bootsNothing }) => [kernel, those.map(({ name }) => name), bootsNothing]),
    [['uml-6.1', ['patches', 'series'], false]],
  );
});

test('what a test file names as its suite of test/vm is one', async () => {
  const names = (await allSuites()).map(({ name }) => name);
  const strange = testFiles().flatMap(({ file, where }) =>
    where.vm.filter((each) => !names.includes(each.split('/')[0]!)).map((each) => `${file}: ${each}`),
  );
  assert.equal(strange, []);
});

test.run();

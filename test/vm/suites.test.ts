// SPDX-License-Identifier: LGPL-2.1-or-later

// Which suites of a kernel run beside which.

import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runTogether, type Suite } from './suites.js';

function suite(name: string, isAlone = false): Suite {
  return { name, about: '', kernels: {}, isAlone, run: () => Promise.resolve() };
}

/** Runs the suites, and says what ran beside each. */
async function neighboursOf(suites: Suite[], cpus: number): Promise<Map<string, Set<string>>> {
  const seen = new Map<string, Set<string>>();
  const running = new Set<string>();
  await runTogether(suites, cpus, async ({ name }) => {
    assert.not(seen.has(name), `${name} runs once`);
    running.add(name);
    seen.set(name, new Set(running));
    for (const each of running) for (const other of running) seen.get(each)!.add(other);
    for (let i = 0; i < 5; i++) await turn();
    running.delete(name);
  });
  for (const [name, names] of seen) names.delete(name);
  return seen;
}

const SUITES = [suite('a'), suite('measures', true), suite('b'), suite('c'), suite('d'), suite('e')];
const ALL = SUITES.map(({ name }) => name).sort();

test('guests of one processor run as many at a time as there are processors, and what measures runs alone', async () => {
  const seen = await neighboursOf(SUITES, 1);
  assert.equal([...seen.keys()].sort(), ALL);
  assert.is(seen.get('measures')!.size, 0);
  const most = Math.max(...[...seen.values()].map(({ size }) => size));
  assert.is(most > 0, availableParallelism() > 1);
});

test('guests that take all processors run one after the other', async () => {
  const seen = await neighboursOf(SUITES, 1000);
  assert.equal([...seen.keys()].sort(), ALL);
  for (const [name, names] of seen) assert.is(names.size, 0, name);
});

test.run();

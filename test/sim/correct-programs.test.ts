// SPDX-License-Identifier: LGPL-2.1-or-later

// Random correct programs: promises between tasks, mutexes, queues, streams, timers. No run of one fails, and a seed is one run in every runtime.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulate } from '../../src/sim/index.js';
import { argsOf, programOf, RUNTIMES } from '../../tools/runtimes.js';
import { seedOfTheDay } from '../support/random.js';
import { runtime } from '../support/runtime.js';
import { correctProgram, optionsOf } from './support/correct.js';
import { MEETINGS } from './support/meetings.js';

const PROGRAMS = Number(process.env.VPOLL_SIM_PROGRAMS ?? 300);
const HASHES = 200;

test(`${PROGRAMS} random correct programs: no run of one fails`, async () => {
  const first = seedOfTheDay('correct programs') * 10_000;
  const seen = new Set<string>();
  for (let seed = first; seed < first + PROGRAMS; seed++) {
    const { tasks, names } = correctProgram(seed);
    for (const name of names) seen.add(name);
    const { failure, leftovers } = await simulate({ ...optionsOf(seed), tasks });
    const what = `seed ${seed}, ${names.join()}`;
    if (failure) throw new Error(`${what}: ${failure.kind}: ${failure.message}`, { cause: failure.error });
    assert.equal(leftovers.filter(({ kind }) => kind === 'open'), [], what); // prettier-ignore
  }
  assert.equal([...seen].sort(), Object.keys(MEETINGS).sort(), 'each kind of meeting was held');
});

test(`${HASHES} programs have one hash each in every runtime`, () => {
  // It says the same under each.
  if (runtime !== 'node') return;
  const file = fileURLToPath(new URL('support/hashes.ts', import.meta.url));
  const [here, ...others] = RUNTIMES.map((name) => {
    const args = [...argsOf(name, file), '0', String(HASHES)];
    const { stdout, stderr } = spawnSync(programOf(name), args, { encoding: 'utf8' });
    assert.is(stdout.trim().split('\n').length, HASHES, stderr);
    return stdout;
  });
  for (const other of others) assert.fixture(other, here!);
});

test.run();

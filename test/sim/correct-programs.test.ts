// SPDX-License-Identifier: LGPL-2.1-or-later

// Random correct programs: promises between tasks, mutexes, queues, streams, timers, files. No run of one fails.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulate } from '../../src/sim/index.js';
import { seedOfTheDay } from '../support/random.js';
import { APART } from './support/apart.js';
import { correctProgram, optionsOf } from './support/correct.js';
import { MEETINGS } from './support/meetings.js';

const PROGRAMS = Number(process.env.VPOLL_SIM_PROGRAMS ?? 300);
const ALL = { ...MEETINGS, ...APART };

test(`${PROGRAMS} random correct programs: no run of one fails`, async () => {
  const first = seedOfTheDay('correct programs') * 10_000;
  const seen = new Set<string>();
  for (let seed = first; seed < first + PROGRAMS; seed++) {
    const { tasks, names } = correctProgram(seed, ALL);
    for (const name of names) seen.add(name);
    const { failure, leftovers } = await simulate({ ...optionsOf(seed), tasks });
    const what = `seed ${seed}, ${names.join()}`;
    if (failure) throw new Error(`${what}: ${failure.kind}: ${failure.message}`, { cause: failure.error });
    assert.equal(leftovers.filter(({ kind }) => kind === 'open'), [], what); // prettier-ignore
  }
  assert.equal([...seen].sort(), Object.keys(ALL).sort(), 'each kind of meeting was held');
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: not newest, vm sim

// The simulated kernel against the real one: random programs of several tasks, most steps of which are taken while two or more sleep.
// Whatever a call gives, who is woken by it, and in which order, must be the same.
//
// Where this kernel has no vpoll files, EFD_VPOLL is refused by both.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { seedOfTheDay } from '../support/random.js';
import { declared, exclusions, faultsOf } from './support/branches.js';
import { Oracle, thisKernel } from './support/oracle.js';
import { search } from './support/search.js';

const STEPS = Number(process.env.VPOLL_SIM_STEPS ?? 50000);
/** Each batch of programs has a seed: so many are one day's, before those of the next. */
const SEEDS_A_DAY = 10_000;
/** So many steps are a long run. There each branch must come up often, so that a rule which is wrong in a corner of it shows. */
const LONG = 1_000_000;

const isLinux = process.platform === 'linux';
/** SCHED_FIFO needs CAP_SYS_NICE. */
const mayUseFifo = isLinux && spawnSync('chrt', ['-f', '1', 'true']).status === 0;

const onLinux = needs(test, 'gcc', { name: 'SCHED_FIFO (chrt, CAP_SYS_NICE)', has: mayUseFifo });

onLinux(`${STEPS} steps of random programs go alike on the simulated kernel and on this one`, () => {
  const oracle = new Oracle();
  try {
    const kernel = thisKernel();
    const coverage = search(STEPS, seedOfTheDay('oracle') * SEEDS_A_DAY, oracle, kernel);
    console.log(
      `Linux ${kernel.version}, features ${kernel.features}: ${coverage.steps} steps, ${coverage.crowded} with two asleep`,
    );
    console.log(coverage.table());
    if (STEPS >= LONG) console.log(exclusions().join('\n'));
    assert.equal(faultsOf(coverage.counts, kernel, STEPS >= LONG), []);
    assert.ok(coverage.crowded * 3 >= coverage.steps, `${coverage.crowded} of ${coverage.steps}`);
  } finally {
    oracle.close();
  }
});

test('a branch that goes missing is a fault, as is one that nobody declared, and one that is excluded', () => {
  const kernel = { version: 618, features: 0 };
  const counts = new Map([...declared(kernel, true).keys()].map((branch) => [branch, 100]));
  assert.equal(faultsOf(counts, kernel, true), []);
  counts.delete('CLOSE any EBADF');
  counts.set('CLOSE any EIO', 1).set('READ socket EFAULT', 1).set('DUP any ok', 99);
  assert.equal(faultsOf(counts, kernel, true), [
    'CLOSE any EIO: not declared, and yet came up',
    'READ socket EFAULT: excluded, and yet came up',
    'CLOSE any EBADF: came up 0 times, not 100',
    'DUP any ok: came up 99 times, not 100',
  ]);
});

test.run();

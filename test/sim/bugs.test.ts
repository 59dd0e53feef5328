// SPDX-License-Identifier: LGPL-2.1-or-later

// Eighteen classic bugs: explore() finds each by default, and has nothing to say against the same program without it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explore } from '../../src/sim/index.js';
import { BUGS } from './bugs/index.js';

const SEEDS = [0, 1_000_000, 2_000_000, 3_000_000];
/** What the documentation promises. */
const RUNS = 500;

for (const { name, tasks } of BUGS) {
  test(`${name}: found within ${RUNS} runs`, async () => {
    for (const seed of SEEDS) {
      const { failure, runs } = await explore({ tasks: () => tasks(false), seed, runs: RUNS, report: () => undefined });
      assert.ok(failure, `not in ${runs} runs from seed ${seed}`);
      assert.ok(failure.kind === 'threw' || failure.kind === 'stuck', failure.message);
    }
  });

  test(`${name}: the program without it never fails`, async () => {
    for (const time of ['busy', 'exact'] as const) {
      const { failure } = await explore({ tasks: () => tasks(true), time, runs: RUNS, report: () => undefined });
      assert.is(failure && `${failure.task}: ${failure.kind}: ${failure.message}`, undefined, time);
    }
  });
}

test.run();

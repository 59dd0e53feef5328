// SPDX-License-Identifier: LGPL-2.1-or-later

// The short form of `npm run soak`: the same 1,000 vpolls and two processes, until there were enough rounds and kills.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { seedOfTheDay } from '../support/random.js';
import { Soak } from './support/soak.js';

const ROUNDS = 300;
const KILLS = 5;

test('1,000 vpolls, two processes, random changes and kills: nothing is lost', async () => {
  const soak = new Soak({ vpolls: 1000, changes: 50, roundsPerKill: 40, seed: seedOfTheDay('soak') });
  try {
    await soak.start();
    while (soak.report.rounds < ROUNDS || soak.report.kills < KILLS) await soak.round();
  } finally {
    await soak.end();
  }
  const { missedHere, missedThere, wrong, leaked } = soak.report;
  assert.equal({ missedHere, missedThere, wrong, leaked }, { missedHere: 0, missedThere: 0, wrong: 0, leaked: 0 });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// A program: prints the hash of the runs of so many correct programs, a line each. Streams are left out: how many turns theirs take is each runtime's own.

import { simulate } from '../../../src/sim/index.js';
import { correctProgram, optionsOf } from './correct.js';

const [first, count] = process.argv.slice(2).map(Number) as [number, number];
for (let seed = first; seed < first + count; seed++) {
  const { tasks, names } = correctProgram(seed, ['streamed']);
  const { hash, failure } = await simulate({ ...optionsOf(seed), tasks });
  console.log(`${seed} ${hash} ${names.join()}${failure ? ` ${failure.kind} ${failure.message}` : ''}`);
}

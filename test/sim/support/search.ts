// SPDX-License-Identifier: LGPL-2.1-or-later

import * as fc from 'fast-check';
import { choices, type Choices } from './choices.js';
import { Coverage } from './coverage.js';
import { explain, type Oracle } from './oracle.js';
import { type Kernel, runModel } from './program.js';

const STEPS_MAX = 60;
const BATCH = 200;
/** How long a difference is made smaller, before it is told as it is. */
const SHRINK_MS = 60000;

/** The smallest program that still shows a difference, as a report. */
function shrunk(found: Choices, oracle: Oracle, kernel: Kernel): string {
  const property = fc.property(choices(STEPS_MAX), (each) => oracle.compare([runModel(each, kernel)])[0] === undefined);
  const details = fc.check(property, { examples: [[found]], numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
  const smallest = details.counterexample?.[0] ?? found;
  const run = runModel(smallest, kernel);
  const difference = oracle.compare([run])[0];
  return difference ? explain(run, difference) : 'it did not happen a second time';
}

/** Compares random programs until `steps` steps have been. Throws at the first difference, with a small program that shows it. */
export function search(steps: number, seed: number, oracle: Oracle, kernel: Kernel): Coverage {
  const coverage = new Coverage();
  for (let batch = 0; coverage.steps < steps; batch++) {
    const sample = fc.sample(choices(STEPS_MAX), { numRuns: BATCH, seed: seed + batch });
    const runs = sample.map((each) => runModel(each, kernel));
    const differences = oracle.compare(runs);
    const at = differences.findIndex((difference) => difference !== undefined);
    if (at >= 0) throw new Error(`seed ${seed + batch}, program ${at}\n${shrunk(sample[at]!, oracle, kernel)}`);
    for (const run of runs) coverage.add(run);
  }
  return coverage;
}

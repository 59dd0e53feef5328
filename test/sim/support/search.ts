// SPDX-License-Identifier: LGPL-2.1-or-later

import * as fc from 'fast-check';
import { choices, type Choices } from './choices.js';
import { Coverage } from './coverage.js';
import { type Difference, explain, type Oracle } from './oracle.js';
import { type Kernel, type ModelRun, runModel, runSteps } from './program.js';
import type { Program } from './step.js';

const STEPS_MAX = 60;
const BATCH = 200;
/** How long a difference is made smaller, before it is told as it is. */
const SHRINK_MS = 60000;

/** A smaller value that `differs` as well, or the value itself. */
function smallest<T>(arbitrary: fc.Arbitrary<T>, found: T, differs: (value: T) => boolean): T {
  const property = fc.property(arbitrary, (each) => !differs(each));
  const details = fc.check(property, { examples: [[found]], numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
  return details.counterexample?.[0] ?? found;
}

/** The smallest program that still shows a difference: first of smaller choices, then with less of the steps that these gave. */
export function shrink(found: Choices, oracle: Oracle, kernel: Kernel): Program {
  const differs = (run: ModelRun): boolean => oracle.compare([run])[0] !== undefined;
  const chosen = smallest(choices(STEPS_MAX), found, (each) => differs(runModel(each, kernel)));
  const { program } = runModel(chosen, kernel);
  const steps = smallest(fc.subarray([...program.steps]), [...program.steps], (some) =>
    differs(runSteps({ ...program, steps: some }, kernel)),
  );
  return { ...program, steps };
}

/** How a program differs. */
export function report(program: Program, oracle: Oracle, kernel: Kernel): string {
  const run = runSteps(program, kernel);
  const difference = oracle.compare([run])[0];
  return difference ? explain(run, difference) : 'it did not happen a second time';
}

/**
 * Whether a difference is one of the kernels. A task that has to wait for memory looks to the runner as if it slept in its call: on a machine
 * that is short of it, a program may differ once. It is told, and is none if the same program goes well three times.
 */
function recurs(run: ModelRun, difference: Difference, oracle: Oracle): boolean {
  if ([1, 2, 3].some(() => oracle.compare([run])[0] !== undefined)) return true;
  console.log(`differed once, and not again:\n${explain(run, difference)}`);
  return false;
}

/** The programs of a seed, and the first of them that differs. */
export function tryOut(
  seed: number,
  oracle: Oracle,
  kernel: Kernel,
): { runs: ModelRun[]; at: number; found: Choices | undefined } {
  const sample = fc.sample(choices(STEPS_MAX), { numRuns: BATCH, seed });
  const runs = sample.map((each) => runModel(each, kernel));
  const at = oracle.compare(runs).findIndex((difference, index) => difference && recurs(runs[index]!, difference, oracle));
  return { runs, at, found: sample[at] };
}

/** Compares random programs until `steps` steps have been. Throws at the first difference, with a small program that shows it. */
export function search(steps: number, seed: number, oracle: Oracle, kernel: Kernel): Coverage {
  const coverage = new Coverage();
  for (let batch = 0; coverage.steps < steps; batch++) {
    const { runs, at, found } = tryOut(seed + batch, oracle, kernel);
    if (found) {
      throw new Error(`seed ${seed + batch}, program ${at}\n${report(shrink(found, oracle, kernel), oracle, kernel)}`);
    }
    for (const run of runs) coverage.add(run);
  }
  return coverage;
}

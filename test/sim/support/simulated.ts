// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs of a simulation, as the tests want them.

import * as assert from 'uvu/assert';
import {
  explore,
  simulate,
  VPollError,
  type Exploration,
  type ExploreOptions,
  type SimulateOptions,
  type SimulationResult,
  type Tasks,
} from '../../../src/sim/index.js';

/** Runs tasks and says nothing about it. */
export async function quietly(tasks: Tasks, options: Partial<SimulateOptions> = {}): Promise<SimulationResult> {
  return simulate({ tasks, report: () => undefined, ...options });
}

/** Explores, and keeps what it says about it. */
export async function exploreQuietly(options: ExploreOptions): Promise<Exploration & { readonly said: string }> {
  let said = '';
  const found = await explore({ report: (text) => (said += text), ...options });
  return { said, ...found };
}

/** Runs tasks that must go well. */
export async function well(tasks: Tasks, options: Partial<SimulateOptions> = {}): Promise<SimulationResult> {
  const result = await quietly(tasks, options);
  if (result.failure) throw new Error(`${result.failure.task}: ${result.failure.message}`, { cause: result.failure.error });
  return result;
}

/** Expects a rejection. */
export async function expectError(run: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  try {
    await run;
  } catch (error) {
    assert.instance(error, VPollError);
    assert.is((error as VPollError).code, code);
    assert.match((error as VPollError).message, message);
    return;
  }
  assert.unreachable('no error');
}

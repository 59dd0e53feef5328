// SPDX-License-Identifier: LGPL-2.1-or-later

import { describe, invalid } from '../events.js';
import { checkCommon, checkTasks, toFaults, type Common, type Plan } from './options.js';
import { decode, encode, fromEnvironment, type Choices } from './replay.js';
import { shrink, weightOf } from './shrink.js';
import { begin, describeFailure, runOnce, toResult, type Ran, type Run } from './simulate.js';
import type { Exploration, ExploreOptions, Tasks } from './types.js';

const RUNS = 1000;
/** By default one run is random, and the next one has a few changes of priority: each finds what the other hardly would. */
const TURNS: readonly Plan[] = [
  { strategy: 0, bound: undefined, depth: 0 },
  { strategy: 1, bound: undefined, depth: 3 },
];

/** What each run of an exploration has in common. */
interface Search {
  readonly common: Common;
  readonly makeTasks: () => Tasks;
  readonly runs: number;
  readonly check: ExploreOptions['check'];
}

function toRun({ common, makeTasks }: Search, index: number, choices: Choices | undefined, keepsTrace: boolean): Run {
  const plan = common.plan ?? TURNS[index % TURNS.length]!;
  return { tasks: makeTasks(), common, plan, seed: common.seed + index, choices, keepsTrace };
}

/** One run, and what the check says to it. */
async function tryOnce(search: Search, index: number, choices: Choices | undefined, keepsTrace: boolean): Promise<Ran> {
  const ran = await runOnce(toRun(search, index, choices, keepsTrace || search.check !== undefined));
  if (ran.failure || !search.check) return ran;
  try {
    search.check(toResult(ran));
    return ran;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...ran, failure: { kind: 'threw', task: 'check', atMs: ran.nowMs, message, error } };
  }
}

/** The run that fails in the same way with the fewest choices. One that depends on more than its choices stays as it is. */
async function smallest(search: Search, index: number, found: Ran): Promise<Ran> {
  const { kind, task } = found.failure!;
  const choices = await shrink(found.choices, async (candidate) => {
    const { failure, choices: made } = await tryOnce(search, index, candidate, false);
    return failure?.kind === kind && failure.task === task ? made : undefined;
  });
  const left = await tryOnce(search, index, choices, true);
  return left.failure ? left : found;
}

function toExploration(runs: number, seed: number | undefined, found: Ran, left: Ran): Exploration {
  const choices = { found: weightOf(found.choices), left: weightOf(left.choices) };
  return { runs, seed, choices, result: toResult(left), failure: left.failure, replay: encode(left.choices) };
}

function toSearch(options: ExploreOptions): Search {
  const common = checkCommon(options, ['runs', 'check'], 'explore');
  const { runs = RUNS, tasks, check } = options;
  if (check !== undefined && typeof check !== 'function')
    throw invalid('explore', `check must be a function, not ${describe(check)}`);
  if (!Number.isInteger(runs) || runs < 1) throw invalid('explore', `runs must be 1 or more, not ${describe(runs)}`);
  if (typeof tasks !== 'function') {
    const why = 'each run needs its own, and what they share must be made with them';
    throw invalid('explore', `tasks must be a function that makes them, not ${describe(tasks)}: ${why}`);
  }
  const makeTasks = (): Tasks => checkTasks(tasks(), 'explore');
  const faults = toFaults(options.faults, Object.keys(makeTasks()), 'explore');
  return { common: { ...common, faults }, makeTasks, runs, check };
}

async function replayOne(search: Search, text: string): Promise<Exploration> {
  const ran = await tryOnce(search, 0, decode(text, 'explore'), true);
  if (ran.failure) search.common.report(`${ran.trace}${describeFailure(search.common.name, ran)}`);
  return toExploration(1, undefined, ran, ran);
}

/**
 * Runs tasks many times, each time with other choices, until a run fails. That is then made smaller, and what is left of it is reported
 * with a command that replays it.
 *
 * Where the environment has VPOLL_SIM_REPLAY for this simulation's name, that one run is made, and its trace is reported where it fails.
 *
 * @throws (by rejection) VPollError EINVAL for a wrong option
 */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  begin('explore');
  const search = toSearch(options);
  const { common } = search;
  const replay = common.replay ?? fromEnvironment(common.name);
  if (replay !== undefined) return replayOne(search, replay);
  let next: Choices | undefined;
  for (let index = 0; index < search.runs; index++) {
    const found = await tryOnce(search, index, next, false);
    if (found.failure) {
      const left = await smallest(search, index, found);
      common.report(`seed ${common.seed + index}, ${describeFailure(common.name, left)}`);
      return toExploration(index + 1, common.seed + index, found, left);
    }
    next = found.next;
    if (common.plan?.bound !== undefined && !next) return { runs: index + 1 };
  }
  return { runs: search.runs };
}

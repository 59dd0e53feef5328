// SPDX-License-Identifier: LGPL-2.1-or-later

import { describe, invalid } from '../events.js';
import { Lengths } from './lengths.js';
import { claimName } from './names.js';
import type { Outcome } from './outcome.js';
import { checkCommon, checkTasks, toFaults, type Common, type Plan } from './options.js';
import { findParting } from './parting.js';
import { decode, fromEnvironment, type Choices, type Replay } from './replay.js';
import { describeFailure, goneFailure } from './report.js';
import { ENDLESS_RUNS_MAX, RUNS_MAX, shrink, weightOf } from './shrink.js';
import { begin, replayOf, runOnce, toResult, type Run } from './simulate.js';
import type { Exploration, ExploreOptions, Failure, Tasks } from './types.js';

const RUNS = 1000;
/** By default one run is random, and the next one has a few changes of priority: each finds what the other hardly would. */
const TURNS: readonly Plan[] = [
  { strategy: 0, bound: undefined, depth: 0 },
  { strategy: 1, bound: undefined, depth: 3 },
];
/** One of so many runs that pass is made again. So is each that fails. */
const AGAIN_ONE_IN = 20;
/** Whose failure it is where a check throws. */
const CHECK = 'check';

/** What each run of an exploration has in common. */
export interface Search {
  readonly common: Common;
  readonly name: string;
  readonly makeTasks: () => Tasks;
  readonly runs: number;
  readonly check: ExploreOptions['check'];
}

/** One of the runs: its number, and what it is given. */
interface Attempt {
  readonly index: number;
  readonly choices?: Choices | undefined;
  readonly steps?: number | undefined;
  readonly keeps?: boolean;
}

function toRun({ common, makeTasks, check }: Search, { index, choices, steps, keeps = false }: Attempt): Run {
  const plan = common.plan ?? TURNS[index % TURNS.length]!;
  return { tasks: makeTasks(), common, plan, seed: common.seed + index, choices, steps, keeps: keeps || check !== undefined };
}

/** One run, and what the check says to it. */
async function tryOnce(search: Search, attempt: Attempt): Promise<Outcome> {
  const ran = await runOnce(toRun(search, attempt));
  if (ran.failure || !search.check) return ran;
  try {
    search.check(toResult(ran));
    return ran;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...ran, failure: { kind: 'threw', task: CHECK, atMs: ran.nowMs, message, error } };
  }
}

/** The same run twice: the first, and the failure that it is where they differ. */
async function tryTwice(search: Search, attempt: Attempt): Promise<Outcome> {
  const ran = await tryOnce(search, attempt);
  if (!ran.failure && !attempt.keeps) return ran;
  const failure = findParting(ran, await tryOnce(search, { ...attempt, keeps: true })) ?? ran.failure;
  return { ...ran, failure };
}

/** The run that fails in the same way with the fewest choices. One that depends on more than its choices stays as it is. */
async function smallest(search: Search, index: number, found: Outcome): Promise<Outcome> {
  const { kind, task } = found.failure!;
  if (kind === 'nondeterministic') return found;
  const choices = await shrink(found.choices, kind === 'endless' ? ENDLESS_RUNS_MAX : RUNS_MAX, async (candidate) => {
    const { failure, choices: made } = await tryOnce(search, { index, choices: candidate });
    return failure?.kind === kind && failure.task === task ? made : undefined;
  });
  const left = await tryTwice(search, { index, choices, keeps: true });
  return left.failure ? left : found;
}

/** Run after run until one fails: how many there were, and that one as it was found. */
export async function findFirst(search: Search): Promise<{ readonly runs: number; readonly found?: Outcome }> {
  const lengths = new Lengths();
  let next: Choices | undefined;
  for (let index = 0; index < search.runs; index++) {
    const attempt = { index, choices: next, steps: lengths.guess(index), keeps: index % AGAIN_ONE_IN === 0 };
    const ran = await tryTwice(search, attempt);
    if (ran.failure) return { runs: index + 1, found: ran };
    lengths.add(index, ran.steps);
    next = ran.next;
    if (search.common.plan?.bound !== undefined && !next) return { runs: index + 1 };
  }
  return { runs: search.runs };
}

function replayText(search: Search, ran: Outcome): string {
  return replayOf(ran, search.check !== undefined && ran.failure?.task === CHECK);
}

function toExploration(search: Search, runs: number, seed: number | undefined, found: Outcome, left: Outcome): Exploration {
  const choices = { found: weightOf(found.choices), left: weightOf(left.choices) };
  const replay = replayText(search, left);
  return { runs, seed, choices, result: toResult(left, replay), failure: left.failure, replay };
}

/** What is asked for, all of it checked. */
export function toSearch(options: ExploreOptions): Search {
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
  if (common.replay !== undefined) decode(common.replay, 'explore');
  const name = claimName(common.name, common.replay !== undefined, 'explore');
  return { common: { ...common, faults }, name, makeTasks, runs, check };
}

async function replayOne(search: Search, { choices, ending }: Replay): Promise<Exploration> {
  const made = await tryTwice(search, { index: 0, choices, keeps: true });
  const failure: Failure | undefined = made.failure ?? (ending === 'p' ? undefined : goneFailure(made.nowMs));
  const ran = { ...made, failure };
  if (failure) search.common.report(`${ran.trace}${describeFailure(search.name, ran, replayText(search, ran))}`);
  return toExploration(search, 1, undefined, ran, ran);
}

/**
 * Runs tasks many times, each time with other choices, until a run fails. That is then made smaller, and what is left of it is reported
 * with a command that replays it.
 *
 * Each run that fails is made again, and one in 20 that pass: where the same choices make another run, that is the failure (`'nondeterministic'`).
 *
 * Where the environment has VPOLL_SIM_REPLAY for this simulation's name, that one run is made, and its trace is reported where it fails. One that
 * failed and passes now is a failure as well (`'gone'`).
 *
 * @throws (by rejection) VPollError EINVAL for a wrong option
 */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  begin('explore');
  const search = toSearch(options);
  const { common, name } = search;
  const replay = common.replay ?? fromEnvironment(name);
  if (replay !== undefined) return replayOne(search, decode(replay, 'explore'));
  const { runs, found } = await findFirst(search);
  if (!found) return { runs };
  const seed = common.seed + runs - 1;
  const left = await smallest(search, runs - 1, found);
  common.report(`seed ${seed}, ${describeFailure(name, left, replayText(search, left))}`);
  return toExploration(search, runs, seed, found, left);
}

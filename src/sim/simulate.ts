// SPDX-License-Identifier: LGPL-2.1-or-later

import { MAKING as MAKING_POLLER, PollerBase } from '../poller/base.js';
import { MAKING, openVPoll, VPollBase } from '../vpoll-base.js';
import { createFileMakers } from '../kernel/files.js';
import { createFileGround } from './file-ground.js';
import { createGround } from './ground.js';
import { giveMachine, takeMachine, traceOf, type SimExports } from './machine.js';
import { claimName } from './names.js';
import { FAULTS, PCT_STEPS, RANDOM, REPLAY, SCHEDULE, TIMES, VERSION } from './numbers.js';
import type { Outcome } from './outcome.js';
import { checkCommon, checkTasks, toFaults, type Common, type Plan } from './options.js';
import { createPollerGround } from './poller-ground.js';
import { decode, encode, fromEnvironment, trimmed, type Choices, type Ending } from './replay.js';
import { describeFailure, goneFailure } from './report.js';
import { Simulation } from './simulation.js';
import type { SimTask } from './task.js';
import type { Failure, Kernel, SimulateOptions, SimulationResult, Tasks } from './types.js';
import { Chance } from './virtual/chance.js';
import { inside } from './virtual/inside.js';
import { install } from './virtual/install.js';
import { replaceForeign } from './virtual/refusals.js';

install();

/** A run that may make more calls keeps its trace only where that is asked for. */
const TRACED_CALLS_MAX = 1_000_000;
const PLAIN: Plan = { strategy: RANDOM, bound: undefined, depth: 0 };

/** Before any run: a task can't begin a simulation, which takes turns of the event loop. */
export function begin(what: string): void {
  const task = inside();
  if (task) throw task.refuse(`${what}()`);
  replaceForeign();
}

/** How one run is to be made. */
export interface Run {
  readonly tasks: Tasks;
  readonly common: Common;
  readonly plan: Plan;
  readonly seed: number;
  /** In place of a strategy. */
  readonly choices?: Choices | undefined;
  /** How many choices between tasks it may have: what PCT's are among. */
  readonly steps?: number | undefined;
  /** Its trace and choices are wanted even where it passes. */
  readonly keeps: boolean;
}

/** The kernel of each task. They differ in nothing but in who uses them. */
function kernels(simulation: Simulation, features: number): (task: SimTask) => Kernel {
  const ground = createGround(simulation, features);
  const kernel = {
    VPoll: { create: (options) => new VPollBase(MAKING, ground, openVPoll(ground, options)) },
    Poller: { create: () => new PollerBase(MAKING_POLLER, () => createPollerGround(simulation, ground)) },
    now: () => simulation.readClockMs(),
    ...createFileMakers(createFileGround(simulation)),
  } satisfies Partial<Kernel>;
  const sleep = (task: SimTask, ms: number): Promise<void> => {
    simulation.enter(task);
    return simulation.sleep(ms);
  };
  return (task) => ({ ...kernel, sleep: (ms) => sleep(task, ms) });
}

function give(machine: SimExports, stream: number, list: readonly number[]): void {
  new Uint32Array(machine.memory.buffer, machine.choices(stream), list.length).set(list);
  machine.giveChoices(stream, list.length);
}

function take(machine: SimExports, stream: number, count = machine.choiceCount(stream)): readonly number[] {
  return [...new Uint32Array(machine.memory.buffer, machine.choices(stream), count)].map((entry) => entry & 0xffff);
}

function setUp(machine: SimExports, { common, plan, seed, choices, keeps, steps = PCT_STEPS }: Run): void {
  machine.boot(VERSION, common.features);
  machine.keepTrace(keeps || common.maxCalls <= TRACED_CALLS_MAX);
  const isMerged = choices?.isMerged ?? plan.bound !== undefined;
  machine.choose(choices ? REPLAY : plan.strategy, BigInt(seed), isMerged, plan.depth, steps);
  if (choices?.isBusy ?? common.isBusy) machine.beBusy();
  if (!choices) return;
  give(machine, SCHEDULE, choices.schedule);
  give(machine, FAULTS, choices.faults);
  give(machine, TIMES, choices.times);
}

function addTasks(simulation: Simulation, tasks: Tasks, { faults }: Common): void {
  const added = new Map<string, SimTask>();
  for (const [name, task] of Object.entries(tasks)) added.set(name, simulation.add(name, task));
  for (const { kind, num, den, argument } of faults) {
    const number = typeof argument === 'number' ? argument : added.get(argument)!.thread;
    simulation.machine.setFault(kind, num, den, number);
  }
}

function result(simulation: Simulation, failure: Failure | undefined, { plan, seed, choices, common, keeps }: Run): Outcome {
  const { machine } = simulation;
  const isWanted = keeps || failure !== undefined;
  const isMerged = choices?.isMerged ?? plan.bound !== undefined;
  const isBusy = choices?.isBusy ?? common.isBusy;
  const chance = choices?.chance ?? seed;
  const list = (stream: number): readonly number[] => (isWanted ? trimmed(take(machine, stream)) : []);
  const made = { isMerged, isBusy, schedule: list(SCHEDULE), faults: list(FAULTS), times: list(TIMES) };
  const steps = machine.choiceCount(SCHEDULE);
  const length = plan.bound === undefined ? -1 : machine.nextChoices(plan.bound);
  const schedule = length < 0 ? [] : take(machine, SCHEDULE, length);
  return {
    failure,
    choices: simulation.chance.isUsed ? { ...made, chance } : made,
    trace: isWanted ? traceOf(machine) : '',
    ownerships: simulation.threads.ownerships,
    hash: BigInt.asUintN(64, machine.hash()).toString(16).padStart(16, '0'),
    steps,
    nowMs: Number(machine.now()) / 1e6,
    leftovers: simulation.leftovers(),
    // Of a walk, each run has the same chance: else it would be through another tree each time.
    next: length < 0 ? undefined : { isMerged, isBusy, schedule, faults: [], times: [], chance },
  };
}

/** One run on a machine of its own. */
export async function runOnce(run: Run): Promise<Outcome> {
  const machine = takeMachine();
  setUp(machine, run);
  const { common, choices, seed } = run;
  const simulation = new Simulation(machine, common.maxCalls, new Chance(choices?.chance ?? seed));
  addTasks(simulation, run.tasks, common);
  const failure = await simulation.run(common.untilMs, common.mustBeClean, kernels(simulation, common.features));
  const ran = result(simulation, failure, run);
  giveMachine(machine);
  return ran;
}

/** What a replay of a run says. `hasFailedCheck`: it failed by the check of its exploration. */
export function replayOf({ failure, choices }: Pick<Outcome, 'failure' | 'choices'>, hasFailedCheck = false): string {
  const ending: Ending = hasFailedCheck ? 'c' : failure ? 'f' : 'p';
  return encode({ choices, ending });
}

/** What a run looks like from outside. */
export function toResult(ran: Outcome, replay = replayOf(ran)): SimulationResult {
  const { trace, hash, failure, nowMs, leftovers } = ran;
  return { trace, hash, failure, replay, nowMs, leftovers };
}

/**
 * Runs tasks over a simulated kernel, on virtual time: the same options give the same run, bit for bit, in every runtime. Tasks go on one at a
 * time; which of them does is open whenever one waits, and decided by the seed. Within a task timers, clocks and chance are the simulation's.
 *
 * Where a task throws, where it waits for what isn't the simulator's, or where all tasks wait for good, the run fails. That is no rejection but
 * a result: {@link SimulationResult.failure} says what happened, and a command that makes it happen again is reported.
 *
 * Where the environment has VPOLL_SIM_REPLAY for this simulation's name, that run is made.
 *
 * @throws (by rejection) VPollError EINVAL for a wrong option
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  begin('simulate');
  const common = checkCommon(options, [], 'simulate');
  const tasks = checkTasks(options.tasks, 'simulate');
  const faults = toFaults(options.faults, Object.keys(tasks), 'simulate');
  const given = common.replay === undefined ? undefined : decode(common.replay, 'simulate');
  const name = claimName(common.name, given !== undefined, 'simulate');
  const text = given ? undefined : fromEnvironment(name);
  const replay = text === undefined ? given : decode(text, 'simulate');
  const made = await runOnce({
    tasks,
    common: { ...common, faults },
    plan: common.plan ?? PLAIN,
    seed: common.seed,
    choices: replay?.choices,
    keeps: true,
  });
  const ran = made.failure || replay?.ending !== 'f' ? made : { ...made, failure: goneFailure(made.nowMs) };
  if (ran.failure) common.report(describeFailure(name, ran, replayOf(ran)));
  return toResult(ran);
}

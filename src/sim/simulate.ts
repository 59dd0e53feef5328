// SPDX-License-Identifier: LGPL-2.1-or-later

import { MAKING as MAKING_POLLER, PollerBase } from '../poller/base.js';
import { MAKING, openVPoll, VPollBase } from '../vpoll-base.js';
import { createFileMakers } from '../kernel/files.js';
import { createFileGround } from './file-ground.js';
import { createGround } from './ground.js';
import { giveMachine, takeMachine, traceOf, type SimExports } from './machine.js';
import { FAULTS, PCT_STEPS, RANDOM, REPLAY, SCHEDULE, VERSION } from './numbers.js';
import { checkCommon, checkTasks, toFaults, type Common, type Plan } from './options.js';
import { createPollerGround } from './poller-ground.js';
import { commandOf, decode, encode, fromEnvironment, trimmed, type Choices } from './replay.js';
import { Simulation } from './simulation.js';
import type { SimTask } from './task.js';
import type { Failure, Kernel, Leftover, SimulateOptions, SimulationResult, Tasks } from './types.js';
import { Chance } from './virtual/chance.js';
import { inside } from './virtual/inside.js';
import { install } from './virtual/install.js';
import { replaceForeign } from './virtual/refusals.js';

install();

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
  readonly keepsTrace: boolean;
}

/** What came of one run. */
export interface Ran {
  readonly failure: Failure | undefined;
  readonly choices: Choices;
  readonly trace: string;
  readonly hash: string;
  readonly nowMs: number;
  readonly leftovers: readonly Leftover[];
  /** Of an exhaustive walk, the next choices; undefined after the last. */
  readonly next: Choices | undefined;
}

/** The kernel of each task. They differ in nothing but in who uses them. */
function kernels(simulation: Simulation, features: number): (task: SimTask) => Kernel {
  const ground = createGround(simulation, features);
  const kernel = {
    VPoll: { create: (options) => new VPollBase(MAKING, ground, openVPoll(ground, options)) },
    Poller: { create: () => new PollerBase(MAKING_POLLER, () => createPollerGround(simulation, ground)) },
    now: () => simulation.nowMs(),
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

function setUp(machine: SimExports, { common, plan, seed, choices, keepsTrace }: Run): void {
  machine.boot(VERSION, common.features);
  machine.keepTrace(keepsTrace);
  const isMerged = choices?.isMerged ?? plan.bound !== undefined;
  machine.choose(choices ? REPLAY : plan.strategy, BigInt(seed), isMerged, plan.depth, PCT_STEPS);
  if (!choices) return;
  give(machine, SCHEDULE, choices.schedule);
  give(machine, FAULTS, choices.faults);
}

function addTasks(simulation: Simulation, tasks: Tasks, { faults }: Common): void {
  const added = new Map<string, SimTask>();
  for (const [name, task] of Object.entries(tasks)) added.set(name, simulation.add(name, task));
  for (const { kind, num, den, argument } of faults) {
    const number = typeof argument === 'number' ? argument : added.get(argument)!.thread;
    simulation.machine.setFault(kind, num, den, number);
  }
}

function result(simulation: Simulation, failure: Failure | undefined, { plan, seed, choices }: Run): Ran {
  const { machine } = simulation;
  const isMerged = choices?.isMerged ?? plan.bound !== undefined;
  const chance = choices?.chance ?? seed;
  const made = { isMerged, schedule: trimmed(take(machine, SCHEDULE)), faults: trimmed(take(machine, FAULTS)) };
  const length = plan.bound === undefined ? -1 : machine.nextChoices(plan.bound);
  return {
    failure,
    choices: simulation.chance.isUsed ? { ...made, chance } : made,
    trace: traceOf(machine),
    hash: BigInt.asUintN(64, machine.hash()).toString(16).padStart(16, '0'),
    nowMs: Number(machine.now()) / 1e6,
    leftovers: simulation.leftovers(),
    // Of a walk, each run has the same chance: else it would be through another tree each time.
    next: length < 0 ? undefined : { isMerged, schedule: take(machine, SCHEDULE, length), faults: [], chance },
  };
}

/** One run on a machine of its own. */
export async function runOnce(run: Run): Promise<Ran> {
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

/** A failure as text, with what makes it happen again. */
export function describeFailure(name: string, { failure, choices }: Pick<Ran, 'failure' | 'choices'>): string {
  const { kind, task, atMs, message } = failure!;
  return `${name}: at ${atMs} ms ${task} ${kind === 'threw' ? 'threw' : `is ${kind}`}: ${message}\nreplay: ${commandOf(name, encode(choices))}`;
}

/** What a run looks like from outside. */
export function toResult({ trace, hash, failure, choices, nowMs, leftovers }: Ran): SimulationResult {
  return { trace, hash, failure, replay: encode(choices), nowMs, leftovers };
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
  const replay = common.replay ?? fromEnvironment(common.name);
  const ran = await runOnce({
    tasks,
    common: { ...common, faults },
    plan: common.plan ?? PLAIN,
    seed: common.seed,
    choices: replay === undefined ? undefined : decode(replay, 'simulate'),
    keepsTrace: true,
  });
  if (ran.failure) common.report(describeFailure(common.name, ran));
  return toResult(ran);
}

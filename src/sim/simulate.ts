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
import { Simulation, type SimTask } from './simulation.js';
import type { Failure, Kernel, SimulateOptions, SimulationResult, Tasks } from './types.js';

const PLAIN: Plan = { strategy: RANDOM, bound: undefined, depth: 0 };

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
  /** Of an exhaustive walk, the next choices; undefined after the last. */
  readonly next: Choices | undefined;
}

function kernelOf(simulation: Simulation, features: number): Kernel {
  const ground = createGround(simulation, features);
  return {
    VPoll: { create: (options) => new VPollBase(MAKING, ground, openVPoll(ground, options)) },
    Poller: { create: () => new PollerBase(MAKING_POLLER, () => createPollerGround(simulation, ground)) },
    sleep: (ms) => simulation.sleep(ms),
    now: () => simulation.nowMs(),
    ...createFileMakers(createFileGround(simulation)),
  };
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

function result(machine: SimExports, failure: Failure | undefined, { plan, choices }: Run): Ran {
  const isMerged = choices?.isMerged ?? plan.bound !== undefined;
  const made = { isMerged, schedule: trimmed(take(machine, SCHEDULE)), faults: trimmed(take(machine, FAULTS)) };
  const length = plan.bound === undefined ? -1 : machine.nextChoices(plan.bound);
  return {
    failure,
    choices: made,
    trace: traceOf(machine),
    hash: BigInt.asUintN(64, machine.hash()).toString(16).padStart(16, '0'),
    nowMs: Number(machine.now()) / 1e6,
    next: length < 0 ? undefined : { isMerged, schedule: take(machine, SCHEDULE, length), faults: [] },
  };
}

/** One run on a machine of its own. */
export async function runOnce(run: Run): Promise<Ran> {
  const machine = takeMachine();
  setUp(machine, run);
  const simulation = new Simulation(machine, run.common.maxCalls);
  addTasks(simulation, run.tasks, run.common);
  const kernel = kernelOf(simulation, run.common.features);
  const failure = await simulation.run(run.common.untilMs, () => kernel);
  const ran = result(machine, failure, run);
  giveMachine(machine);
  return ran;
}

/** A failure as text, with what makes it happen again. */
export function describeFailure(name: string, { failure, choices }: Pick<Ran, 'failure' | 'choices'>): string {
  const { kind, task, atMs, message } = failure!;
  return `${name}: at ${atMs} ms ${task} ${kind === 'threw' ? 'threw' : `is ${kind}`}: ${message}\nreplay: ${commandOf(name, encode(choices))}`;
}

/** What a run looks like from outside. */
export function toResult({ trace, hash, failure, choices, nowMs }: Ran): SimulationResult {
  return { trace, hash, failure, replay: encode(choices), nowMs };
}

/**
 * Runs tasks over a simulated kernel, on virtual time: the same options give the same run, bit for bit, in every runtime. Tasks go on one at a
 * time; which of them does is open whenever one waits, and decided by the seed. Neither the wall clock nor Math.random() is used.
 *
 * A task may wait for nothing but what its kernel gives: then, and where it throws, or where all tasks sleep for good, the run fails. That
 * is no rejection but a result: {@link SimulationResult.failure} says what happened, and a command that makes it happen again is reported.
 *
 * Where the environment has VPOLL_SIM_REPLAY for this simulation's name, that run is made.
 *
 * @throws (by rejection) VPollError EINVAL for a wrong option
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
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

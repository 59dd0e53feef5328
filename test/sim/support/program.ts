// SPDX-License-Identifier: LGPL-2.1-or-later

import { N, REFUSED, SLEEPS } from '../../../src/sim/numbers.js';
import { type Choices, Dice } from './choices.js';
import { disturb, generate } from './generate.js';
import { Model } from './model.js';
import { INTERRUPT, lineOf, type Program, type Step } from './step.js';
import { type Kind, World } from './world.js';

/** A step, what the simulated kernel said of it, and what it was about. */
export interface Told {
  readonly step: Step;
  readonly said: string;
  /** How many tasks slept while it was carried out. */
  readonly asleep: number;
  /** The result of the step's own call; SLEEPS where it has none yet. */
  readonly result: number;
  /** The kind of file that its first descriptor stands for. */
  readonly kind: Kind | 'none';
  /** What all files that aren't epolls were asked for afterwards. */
  readonly looks: readonly number[];
}

/** A program with what the simulated kernel makes of it, the interrupts at its end included. */
export interface ModelRun {
  readonly program: Program;
  readonly told: readonly Told[];
  /** Steps that the simulated kernel refused, which aren't part of the program: nothing has come of them. */
  readonly refused: readonly Pick<Told, 'step' | 'kind'>[];
}

/** Which kernel it is to be like: 100 * major + minor, HAS_EFD_VPOLL | HAS_DEVICE. */
export interface Kernel {
  readonly version: number;
  readonly features: number;
}

function nextStep(dice: Dice, model: Model, world: World, { tasks, limit }: Choices): Step {
  const idle = Array.from({ length: tasks }, (_, task) => task).filter((task) => model.isIdle(task));
  const { asleep } = model;
  if (idle.length === 0 || (asleep.length > 0 && dice.oneIn(30)))
    return { task: asleep[0]!, call: INTERRUPT, args: [dice.pick(asleep)] };
  const task = dice.pick(idle);
  // Those who wait are what is hard to get right: there are to be two at least, most of the time.
  const sleeps = asleep.length < 2 ? idle.length > 1 && !dice.oneIn(3) : idle.length > 1 && dice.oneIn(6);
  const context = { dice, table: world.of(task), limit, sleeps };
  const calls = asleep.map((each) => model.pendingCall(each)!);
  const writers = calls.filter(({ call }) => call === N.WRITE || call === N.SEND);
  const rest = asleep.length > 0 && dice.oneIn(20) ? calls : [];
  const disturbed = writers.length > 0 && dice.oneIn(4) ? writers : rest;
  const step = disturbed.length > 0 ? disturb(task, dice.pick(disturbed), context) : undefined;
  return step ?? generate(task, context);
}

/** Makes a program of choices, by carrying it out on the simulated kernel. */
export function runModel(choices: Choices, kernel: Kernel): ModelRun {
  return run(
    choices,
    kernel,
    choices.steps.map((choice) => (model, world) => nextStep(new Dice(choice), model, world, choices)),
  );
}

/** A program that was written down. Descriptors begin with 3. A step of a task that sleeps is left out. */
export function runSteps({ steps, ...rest }: Program, kernel: Kernel): ModelRun {
  return run(
    rest,
    kernel,
    steps.map((step) => () => step),
  );
}

type Next = (model: Model, world: World) => Step;

function run({ tasks, limit, looks }: Omit<Program, 'steps'>, kernel: Kernel, next: readonly Next[]): ModelRun {
  const model = new Model(tasks, limit, kernel.version, kernel.features);
  const world = new World(tasks);
  const shared = world.of(0);
  const told: Told[] = [];
  const refused: ModelRun['refused'][number][] = [];
  const carryOut = (step: Step, isEnd: boolean): void => {
    const asleep = model.asleep.length;
    const kind = world.of(step.task).get(Number(step.args[0])) ?? 'none';
    const before = looks && !isEnd ? world.lookedAt(shared) : [];
    const said = model.step(step, before);
    const result = step.call === INTERRUPT ? 0 : model.result;
    if (step.call !== INTERRUPT && result === REFUSED) {
      refused.push({ step, kind });
      return;
    }
    if (step.call !== INTERRUPT) world.note(step, result, model.pair);
    told.push({ step, said, asleep, result: model.isIdle(step.task) ? result : SLEEPS, kind, looks: before });
  };
  for (const each of next) {
    const step = each(model, world);
    if (step.call === INTERRUPT || model.isIdle(step.task)) carryOut(step, false);
  }
  for (const task of model.asleep.sort((a, b) => a - b)) {
    if (!model.isIdle(task)) carryOut({ task, call: INTERRUPT, args: [task] }, true);
  }
  return { program: { tasks, limit, looks, steps: told.map(({ step }) => step) }, told, refused };
}

/** What the runner reads: the same program. */
export function textOf({ program, told }: ModelRun): string {
  const lines = [`P ${program.tasks} ${program.limit}`];
  let asked = '';
  for (const { step, looks } of told) {
    const wanted = looks.join(' ');
    if (wanted !== asked) lines.push(`Q ${wanted}`);
    asked = wanted;
    lines.push(lineOf(step));
  }
  lines.push('E');
  return `${lines.join('\n')}\n`;
}

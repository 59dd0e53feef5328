// SPDX-License-Identifier: LGPL-2.1-or-later

// Checks what simulate and explore are given, all of it, before anything runs.

import { describe, invalid } from '../events.js';
import { checkName } from './names.js';
import { DEPTH_MAX, HAS_DEVICE, HAS_EFD_VPOLL, PCT, REPLAY } from './numbers.js';
import type { ExploreOptions, SimulateOptions, Tasks } from './types.js';

/** How choices are made, in the kernel's numbers (assembly/sim/choice.ts). */
export interface Plan {
  /** RANDOM, PCT, ROUND_ROBIN or REPLAY */
  readonly strategy: number;
  /** Of an exhaustive walk: all choices are in one list, and of so many at its beginning all are tried. */
  readonly bound: number | undefined;
  readonly depth: number;
}

/** A fault as the kernel takes it (assembly/sim/fault.ts). */
export interface PlannedFault {
  readonly kind: number;
  readonly num: number;
  readonly den: number;
  /** A number, or the name of a task. */
  readonly argument: number | string;
}

/** The options that simulate and explore share. */
export interface Common {
  readonly seed: number;
  readonly plan: Plan | undefined;
  /** Steps take time. */
  readonly isBusy: boolean;
  readonly faults: readonly PlannedFault[];
  readonly untilMs: number;
  readonly maxCalls: number;
  readonly features: number;
  readonly mustBeClean: boolean;
  /** Undefined where the call has given none. */
  readonly name: string | undefined;
  readonly replay: string | undefined;
  readonly report: (text: string) => void;
}

const KINDS = ['EINTR', 'EAGAIN', 'ENOMEM', 'EMFILE', 'short', 'delay', 'spurious', 'dies'] as const;
const MAX_CALLS = 100_000;
const COMMON = [
  ...['seed', 'strategy', 'faults', 'untilMs', 'maxCalls', 'replay'],
  ...['kernel', 'name', 'report', 'tasks', 'time', 'mustBeClean'],
];

function checkKeys(given: object, keys: readonly string[], what: string, syscall: string): void {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(syscall, `there is no ${what} ${describe(unknown)} (${keys.join(', ')})`);
}

function asObject(value: unknown, what: string, syscall: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(syscall, `${what} must be an object, not ${describe(value)}`);
}

function integer(value: unknown, what: string, low: number, high: number, syscall: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw invalid(syscall, `${what} must be an integer from ${low} to ${high}, not ${describe(value)}`);
}

function toRatio(ratio: unknown, what: string, syscall: string): { num: number; den: number } {
  if (!Array.isArray(ratio) || ratio.length !== 2) throw invalid(syscall, `${what} must be a ratio such as [1, 20]`);
  const [num, den] = ratio as unknown[];
  const times = integer(num, `${what}[0]`, 0, 0x7fffffff, syscall);
  // What always fails can't be tried again, and a wait that always is interrupted never ends.
  return { num: times, den: integer(den, `${what}[1]`, times + 1, 0x7fffffff, syscall) };
}

function toFault(name: (typeof KINDS)[number], value: unknown, tasks: readonly string[], syscall: string): PlannedFault {
  const kind = KINDS.indexOf(name);
  const what = `faults.${name}`;
  if (name !== 'delay' && name !== 'dies') return { kind, ...toRatio(value, what, syscall), argument: 0 };
  const given = asObject(value, what, syscall);
  checkKeys(given, ['ratio', name === 'delay' ? 'maxUs' : 'task'], `part of ${what}`, syscall);
  const ratio = toRatio(given.ratio, `${what}.ratio`, syscall);
  if (name === 'delay') return { kind, ...ratio, argument: integer(given.maxUs, `${what}.maxUs`, 1, 60_000, syscall) };
  if (typeof given.task === 'string' && tasks.includes(given.task)) return { kind, ...ratio, argument: given.task };
  throw invalid(syscall, `${what}.task must be one of ${tasks.join(', ')}, not ${describe(given.task)}`);
}

/** A fault plan; who may die is looked up among the tasks. */
export function toFaults(faults: unknown, tasks: readonly string[], syscall: string): PlannedFault[] {
  if (faults === undefined) return [];
  const given = asObject(faults, 'faults', syscall);
  checkKeys(given, KINDS, 'fault', syscall);
  return KINDS.filter((name) => given[name] !== undefined).map((name) => toFault(name, given[name], tasks, syscall));
}

function toPlan(strategy: unknown, syscall: string): Plan | undefined {
  if (strategy === undefined) return undefined;
  if (strategy === 'random') return { strategy: 0, bound: undefined, depth: 0 };
  if (strategy === 'round-robin') return { strategy: 2, bound: undefined, depth: 0 };
  if (typeof strategy !== 'object' || strategy === null) {
    throw invalid(
      syscall,
      `strategy must be 'random', 'round-robin', { pct: 3 } or { exhaustive: 20 }, not ${describe(strategy)}`,
    );
  }
  checkKeys(strategy, ['pct', 'exhaustive'], 'strategy', syscall);
  const { pct, exhaustive } = strategy as Partial<Record<string, unknown>>;
  if (pct !== undefined) return { strategy: PCT, bound: undefined, depth: integer(pct, 'strategy.pct', 1, DEPTH_MAX, syscall) };
  return { strategy: REPLAY, bound: integer(exhaustive, 'strategy.exhaustive', 1, 1000, syscall), depth: 0 };
}

/** Whether steps take time. Where nothing is said, explore is busy, but for an exhaustive walk, whose choices would be too many. */
function toBusy(time: unknown, plan: Plan | undefined, syscall: string): boolean {
  const isWalk = plan?.bound !== undefined;
  if (time === undefined) return syscall === 'explore' && !isWalk;
  if (time !== 'exact' && time !== 'busy') throw invalid(syscall, `time must be 'exact' or 'busy', not ${describe(time)}`);
  if (time === 'busy' && isWalk)
    throw invalid(syscall, "time must be 'exact' in an exhaustive walk: how long each step takes would be a choice of its own");
  return time === 'busy';
}

function toFeatures(kernel: unknown, syscall: string): number {
  if (kernel === undefined) return HAS_EFD_VPOLL | HAS_DEVICE;
  const given = asObject(kernel, 'kernel', syscall);
  checkKeys(given, ['eventfd', 'device'], 'part of kernel', syscall);
  for (const name of ['eventfd', 'device']) {
    const value = given[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(syscall, `kernel.${name} must be true or false, not ${describe(value)}`);
  }
  return (given.eventfd === false ? 0 : HAS_EFD_VPOLL) | (given.device === false ? 0 : HAS_DEVICE);
}

/** The tasks, of which there is at least one. */
export function checkTasks(tasks: unknown, syscall: string): Tasks {
  const given = asObject(tasks, 'tasks', syscall);
  const entries = Object.entries(given);
  if (entries.length === 0) throw invalid(syscall, 'there are no tasks');
  const wrong = entries.find(([, task]) => typeof task !== 'function');
  if (wrong) throw invalid(syscall, `task ${describe(wrong[0])} must be a function, not ${describe(wrong[1])}`);
  return given as Tasks;
}

function checkUntil(untilMs: unknown, syscall: string): number {
  if (untilMs === undefined || untilMs === Infinity) return Infinity;
  if (typeof untilMs === 'number' && untilMs >= 0 && untilMs <= 1e12) return untilMs;
  throw invalid(syscall, `untilMs must be 0 to 1e12 virtual milliseconds, not ${describe(untilMs)}`);
}

/** What simulate and explore have in common, the faults apart: those need the tasks. */
export function checkCommon(
  options: SimulateOptions | ExploreOptions,
  more: readonly string[],
  syscall: string,
): Omit<Common, 'faults'> {
  const given = asObject(options, 'options', syscall);
  checkKeys(given, [...COMMON, ...more], 'option', syscall);
  const { seed = 0, replay, report = console.error, maxCalls = MAX_CALLS, mustBeClean = false } = given;
  const plan = toPlan(given.strategy, syscall);
  if (replay !== undefined && typeof replay !== 'string') throw invalid(syscall, `replay must be text, not ${describe(replay)}`);
  if (typeof report !== 'function') throw invalid(syscall, `report must be a function, not ${describe(report)}`);
  if (typeof mustBeClean !== 'boolean') throw invalid(syscall, `mustBeClean must be true or false, not ${describe(mustBeClean)}`);
  return {
    mustBeClean,
    seed: integer(seed, 'seed', 0, Number.MAX_SAFE_INTEGER, syscall),
    plan,
    isBusy: toBusy(given.time, plan, syscall),
    untilMs: checkUntil(given.untilMs, syscall),
    maxCalls: integer(maxCalls, 'maxCalls', 1, Number.MAX_SAFE_INTEGER, syscall),
    features: toFeatures(given.kernel, syscall),
    name: checkName(given.name, syscall),
    replay,
    report: report as (text: string) => void,
  };
}

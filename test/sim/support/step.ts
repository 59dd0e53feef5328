// SPDX-License-Identifier: LGPL-2.1-or-later

import { N } from '../../../src/sim/numbers.js';

/** A signal for a task: no call, and yet a step. */
export const INTERRUPT = 40;

/** One step of a program: a task begins a call. The arguments are those of test/sim/real/perform.c. */
export interface Step {
  readonly task: number;
  readonly call: number;
  readonly args: readonly (number | bigint)[];
}

/** A program: what both kernels carry out. */
export interface Program {
  readonly tasks: number;
  /** RLIMIT_NOFILE */
  readonly limit: number;
  /** Whether each step is followed by a look at all files that aren't epolls. It leaves marks on pipes (`poll_usage`), so not all programs do. */
  readonly looks: boolean;
  readonly steps: readonly Step[];
}

const NAMES = new Map<number, string>([
  ...Object.entries(N).map(([name, number]) => [number, name] as const),
  [INTERRUPT, 'INTERRUPT'],
]);

/** The name of a call, as in {@link N}. */
export function nameOf(call: number): string {
  return NAMES.get(call) ?? String(call);
}

export function textOf({ task, call, args }: Step): string {
  return `task ${task}: ${nameOf(call)} ${args.join(' ')}`;
}

const NUMBERS = new Map([...NAMES].map(([number, name]) => [name, number] as const));

/** A step that was written down as its task, the name of its call, and its arguments: `0 EVENTFD 0 2`. */
export function stepOf(text: string): Step {
  const [task, name, ...args] = text.split(' ');
  const call = NUMBERS.get(name ?? '');
  if (call === undefined) throw new Error(`no call: ${text}`);
  return { task: Number(task), call, args: args.map((arg) => (Number.isSafeInteger(Number(arg)) ? Number(arg) : BigInt(arg))) };
}

/** The line that the runner reads. */
export function lineOf({ task, call, args }: Step): string {
  return `S ${task} ${call} ${args.join(' ')}`;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The tasks of a scenario: where each is, and what its last call gave.

import * as steps from './step';

export const TASKS_MAX: i32 = 64;

/** By the number of the kernel's task: a layout over the static data. */
@unmanaged
export class Runner {
  /** The step that it is at; its call is in the kernel while isCalling. */
  at: i32;
  isCalling: i32;
  /** The name it was given; -1: main. */
  name: i32;
  isOver: i32;
  isForked: i32;
  /** Where its calls read and write: ROOM bytes of the kernel's arena. */
  room: usize;
  result: i32;
  events: i32;
  fd: i32;
  value: i64;
}

/** Bytes of a task's room. */
export const ROOM: u32 = 4096;
const runners: usize = memory.data(<i32>(TASKS_MAX * offsetof<Runner>()));

export function clear(): void {
  memory.fill(runners, 0, TASKS_MAX * offsetof<Runner>());
}

export function get(id: i32): Runner {
  return changetype<Runner>(runners + <usize>id * offsetof<Runner>());
}

/** What an operand of a step is for this task. */
export function valueOf(runner: Runner, kind: i32, what: i64): i64 {
  if (kind != steps.NAME) return what;
  if (what == steps.RESULT) return runner.result;
  if (what == steps.EVENTS) return <u32>runner.events;
  if (what == steps.FD) return runner.fd;
  return what == steps.VALUE ? runner.value : steps.get(<i32>what);
}

function operand(runner: Runner, step: steps.Step, index: i32): i64 {
  const what = load<i64>(changetype<usize>(step) + offsetof<steps.Step>('a') + ((<usize>index) << 3));
  return valueOf(runner, (step.kinds >> (index << 3)) & 255, what);
}

/** An operand, or `otherwise` where it was left out. */
export function argument(runner: Runner, step: steps.Step, index: i32, otherwise: i64): i64 {
  return index < step.count ? operand(runner, step, index) : otherwise;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// A program beside the scenario: one of its tasks has no steps, and makes the calls that the run's driver (src/scenario/wasi/guest.ts) asks for.

import * as sim from '../sim/index';
import * as n from '../sim/numbers';

/** Whether the run's driver has a program. */
export let isThere: bool = false;
/** The line of `guest`, or 0. */
export let line: i32 = 0;
/** Its task, or -1. */
export let id: i32 = -1;
/** Its descriptors, as the scenario's tasks number them. */
export const fds: usize = memory.data(128);
export let fdCount: u32 = 0;
/** Where its calls read and write: tasks.ROOM bytes. */
export let room: usize = 0;

let result: i32 = 0;
let isYielding: bool = false;

/** There is a program. */
export function bring(): void {
  isThere = true;
}

/** Before a scenario is read. */
export function forget(): void {
  line = 0;
}

export function readAt(itsLine: i32): void {
  line = itsLine;
}

/** Before a scenario is run. */
export function clear(): void {
  id = -1;
  fdCount = 0;
}

export function addFd(fd: i32): void {
  store<i32>(fds + ((<usize>fdCount) << 2), fd);
  fdCount++;
}

/** Its task enters the run queue. */
export function begin(task: i32, itsRoom: usize): void {
  id = task;
  room = itsRoom;
  isYielding = true;
  result = 0;
  sim.call(id, n.YIELD, 0, 0, 0, 0);
}

/** Makes a call: once turn() gives GUEST it is over. */
export function call(number: i32, a: i32, b: i32, c: i32, d: i32): void {
  result = sim.call(id, number, a, b, c, d);
  isYielding = result != n.SLEEPS && number != n.YIELD;
  // As behind a step of the scenario: others may go first.
  if (isYielding) sim.call(id, n.YIELD, 0, 0, 0, 0);
}

/** Its task goes on with a call. False where that sleeps again. */
export function goOn(): bool {
  const r = sim.resume(id);
  if (r == n.SLEEPS) return false;
  if (!isYielding) result = r;
  return true;
}

export function lastResult(): i32 {
  return result;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Tasks and the run queue. A task that is woken comes last in the queue, in the order of wake-ups, as under SCHED_FIFO with one processor;
// the driver may take another of the queue first, as another scheduler would.

import { alloc } from './arena';
import * as list from './list';
import { SLEEPS } from './numbers';
import { Alarm, Process, Task, Wait } from './structs';

/** In no call, or in one that is being carried out. */
export const IDLE: i32 = 0;
/** In a call, asleep. */
export const BLOCKED: i32 = 1;
/** In a call, and may go on. */
export const WOKEN: i32 = 2;

export const TASK_MAX: i32 = 256;

const tasks: usize = memory.data(TASK_MAX << 2);
const runnable: usize = memory.data(8);
let count: i32 = 0;
let runnables: u32 = 0;
let sleepers: u32 = 0;
/** The task whose call is carried out. */
export let current: Task = changetype<Task>(0);

export function setUp(): void {
  list.init(runnable);
  count = 0;
  runnables = 0;
  sleepers = 0;
}

/** A new thread of `process`, or null where there is no room. */
export function create(process: Process): Task | null {
  const task = changetype<Task>(alloc(offsetof<Task>()));
  const wait = alloc(offsetof<Wait>());
  const alarm = alloc(offsetof<Alarm>());
  if (count == TASK_MAX || changetype<usize>(task) == 0 || wait == 0 || alarm == 0) return null;
  list.init(changetype<usize>(task));
  list.init(wait);
  list.init(alarm);
  task.wait = changetype<Wait>(wait);
  task.alarm = changetype<Alarm>(alarm);
  task.alarm.owner = changetype<usize>(task);
  task.alarm.isTask = 1;
  task.id = count;
  task.process = process;
  store<u32>(tasks + ((<usize>count) << 2), changetype<usize>(task));
  count++;
  return task;
}

/** The task with this number, or null. */
export function get(id: i32): Task | null {
  return <u32>id < <u32>count ? changetype<Task>(load<u32>(tasks + ((<usize>id) << 2))) : null;
}

export function setCurrent(task: Task): void {
  current = task;
}

/** try_to_wake_up(): whether it was asleep. */
export function wakeTask(task: Task): bool {
  if (task.state != BLOCKED) return false;
  task.state = WOKEN;
  sleepers--;
  runnables++;
  list.addTail(changetype<usize>(task), runnable);
  return true;
}

/** A task that sleeps does so no more, without having been woken. */
export function forgetSleeper(task: Task): void {
  task.state = IDLE;
  sleepers--;
}

/** A task that was woken leaves the run queue. */
export function leaveQueue(task: Task): void {
  list.remove(changetype<usize>(task));
  task.state = IDLE;
  runnables--;
}

/** How many tasks can go on. */
export function runnableCount(): u32 {
  return runnables;
}

/** The `index`th of them. */
export function queued(index: u32): Task {
  let node = list.next(runnable);
  for (let i: u32 = 0; i < index; i++) node = list.next(node);
  return changetype<Task>(node);
}

/** How many sleep. */
export function blocked(): u32 {
  return sleepers;
}

/** The `index`th of them, by number. */
export function blockedAt(index: u32): Task {
  let left = index;
  let id = 0;
  let task = get(id)!;
  while (task.state != BLOCKED || left-- != 0) task = get(++id)!;
  return task;
}

/** The number of the task that is `index`th in the run queue, or -1. */
export function inQueue(index: i32): i32 {
  return <u32>index < runnables ? queued(index).id : -1;
}

/** Puts the current task to sleep: what its call returns then. */
export function sleep(): i32 {
  current.state = BLOCKED;
  sleepers++;
  return SLEEPS;
}

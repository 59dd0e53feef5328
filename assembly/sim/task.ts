// SPDX-License-Identifier: LGPL-2.1-or-later

// Tasks and the run queue. A task that is woken comes last in the queue, in the order of wake-ups, as under SCHED_FIFO with one processor.
// The driver may take another of the queue first, as another scheduler would.

import * as alarms from './alarms';
import { alloc } from './arena';
import * as busy from './busy';
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

/** An alarm of a task, or 0 where there is no room. */
function createAlarm(task: Task, kind: i32): usize {
  const at = alloc(offsetof<Alarm>());
  if (at == 0) return 0;
  list.init(at);
  changetype<Alarm>(at).owner = changetype<usize>(task);
  changetype<Alarm>(at).kind = kind;
  return at;
}

/** A new thread of `process`, or null where there is no room. */
export function create(process: Process): Task | null {
  const task = changetype<Task>(alloc(offsetof<Task>()));
  const wait = alloc(offsetof<Wait>());
  const alarm = createAlarm(task, alarms.TIMEOUT);
  const lateness = createAlarm(task, alarms.LATE);
  if (count == TASK_MAX || changetype<usize>(task) == 0 || wait == 0 || alarm == 0 || lateness == 0) return null;
  list.init(changetype<usize>(task));
  list.init(wait);
  task.wait = changetype<Wait>(wait);
  task.alarm = changetype<Alarm>(alarm);
  task.lateness = changetype<Alarm>(lateness);
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

/** A task that was woken can go on: it comes last in the run queue. */
export function enterQueue(task: Task): void {
  runnables++;
  list.addTail(changetype<usize>(task), runnable);
}

/** try_to_wake_up(): whether it was asleep. */
export function wakeTask(task: Task): bool {
  if (task.state != BLOCKED) return false;
  task.state = WOKEN;
  sleepers--;
  if (!busy.holdsBack(task, false)) enterQueue(task);
  return true;
}

/** sched_yield(2): the current task goes behind all others that can run. */
export function handOn(): i32 {
  current.state = WOKEN;
  if (!busy.holdsBack(current, true)) enterQueue(current);
  return SLEEPS;
}

/** A task that sleeps does so no more, without having been woken. */
export function forgetSleeper(task: Task): void {
  task.state = IDLE;
  sleepers--;
}

/** A task that was woken leaves the run queue. */
export function leaveQueue(task: Task): void {
  task.state = IDLE;
  if (alarms.isArmed(task.lateness)) return alarms.disarm(task.lateness);
  list.remove(changetype<usize>(task));
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

// SPDX-License-Identifier: LGPL-2.1-or-later

// A busy machine, where one is asked for: a step takes time, and a task that gives up the processor may have to wait for it. How long is a choice
// like any other (choice.ts), in a list of its own; 0 there is the shortest step, and a task that isn't late.
//
// Machines differ, and so do runs: each draws whether its steps are long, and who may be late. One exploration then finds a bug that needs a
// late task and one that needs none. It also finds one that needs a long step, and one that needs two timers at one moment.

import * as alarms from './alarms';
import * as choice from './choice';
import { PCT } from './numbers';
import { Task } from './structs';

/** A step takes 1 to so many microseconds. None takes no time: a loop that waits for a moment comes to its end then. */
const STEP_US_MAX: u32 = 50;
/** One of so many tasks is late, by 1 to LATE_US_MAX microseconds. */
const LATE_ONE_IN: u32 = 8;
const LATE_US_MAX: u32 = 5000;
const US: u64 = 1000;
/** One run of so many has the shortest steps alone, and one of so many nobody who is late when it is woken. */
const SHORT_ONE_IN: u32 = 4;
const PUNCTUAL_ONE_IN: u32 = 4;
/** In one run of so many, one that hands the processor on may be late as well: fewer under PCT, whose order that breaks. */
const PREEMPTED_ONE_IN: u32 = 2;
const PREEMPTED_ONE_IN_PCT: u32 = 8;

if (LATE_US_MAX >= choice.OPTIONS_MAX) ERROR('a choice has room for each microsecond');

export let isOn: bool = false;
/** Tasks begin in time: one that makes what others need would else fail them all, and say nothing of their bugs. */
let hasBegun: bool = false;
let stepMax_us: u32 = STEP_US_MAX;
let areSleepersLate: bool = false;
let areYieldersLate: bool = false;

export function setUp(): void {
  isOn = false;
  hasBegun = false;
}

/** What kind of run it is: the strategy must have been chosen. */
export function turnOn(): void {
  isOn = true;
  stepMax_us = choice.below(SHORT_ONE_IN) == 0 ? 1 : STEP_US_MAX;
  areSleepersLate = choice.below(PUNCTUAL_ONE_IN) != 0;
  areYieldersLate = choice.below(choice.strategy == PCT ? PREEMPTED_ONE_IN_PCT : PREEMPTED_ONE_IN) == 0;
}

/** When the step that is over came to its end. The first is the one in which the tasks were made. */
export function stepEnd_ns(): u64 {
  hasBegun = true;
  return alarms.now_ns + <u64>(1 + choice.ofTime(choice.below(stepMax_us), STEP_US_MAX)) * US;
}

/** Whether a task that can go on is late. Then it comes into the run queue by its alarm. `yields`: it has handed the processor on. */
export function holdsBack(task: Task, yields: bool): bool {
  if (!hasBegun) return false;
  const isLate = (yields ? areYieldersLate : areSleepersLate) && choice.below(LATE_ONE_IN) == 0;
  const late_us = choice.ofTime(isLate ? 1 + choice.below(LATE_US_MAX) : 0, LATE_US_MAX + 1);
  if (late_us == 0) return false;
  alarms.arm(task.lateness, alarms.now_ns + <u64>late_us * US);
  return true;
}

/** By how many microseconds a task that has just been woken is late. */
export function lateness_us(task: Task): u32 {
  return alarms.isArmed(task.lateness) ? <u32>((task.lateness.at_ns - alarms.now_ns) / US) : 0;
}

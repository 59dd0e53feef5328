// SPDX-License-Identifier: LGPL-2.1-or-later

// Who goes on next. All that can are in the run queue, in the order of wake-ups; choice.ts says which of them it is. Time moves on when
// nobody can, by the fault `delay`, and on a busy machine with each step.

import * as alarms from './alarms';
import * as busy from './busy';
import * as choice from './choice';
import * as clock from './clock';
import * as fault from './fault';
import { DEPTH_MAX, DIES, OVER, PCT, STUCK } from './numbers';
import { Task } from './structs';
import * as task from './task';
import * as tell from './trace-calls';
import * as trace from './trace';

// PCT (Burckhardt et al., ASPLOS 2010): random priorities, and `depth` - 1 steps at which the task with the highest one falls behind all.
const turns: usize = memory.data(DEPTH_MAX << 2);
let turnCount: u32 = 0;
let step: u32 = 0;
/**
 * The task that went on last, how often in a row, and how often it may. One that does so more often falls below `demoted`: a loop that waits for
 * others would never let them go on.
 */
let last: i32 = -1;
let streak: u32 = 0;
let streakMax: u32 = 0;
let demoted: u32 = 0;
const STREAK_SHORT: u32 = 64;
const STREAK_LONG: u32 = 4096;
/** One run of so many keeps to short streaks. */
const SHORT_ONE_IN: u32 = 8;
/**
 * Priorities are from here on. Those of tasks that fell behind at a step of PCT are from CHANGED_MIN on, those of tasks that went
 * on too often below.
 */
const PRIORITY_MIN: u32 = 1 << 20;
const CHANGED_MIN: u32 = 1 << 19;

if (task.TASK_MAX > DIES) ERROR('DIES is a bit of its own beside the number of a task');
if (PRIORITY_MIN - CHANGED_MIN <= DEPTH_MAX) ERROR('who falls behind falls behind all');

export function setUp(): void {
  turnCount = 0;
  step = 0;
  last = -1;
  streak = 0;
  streakMax = STREAK_SHORT;
  demoted = CHANGED_MIN;
}

/**
 * Chooses the steps of PCT, of `steps` that the run may have. Seven runs in eight let a task go on in a row as often as the whole run may have
 * steps. Only they find a bug that needs one task at its end before another begins. The eighth is for loops that wait: it comes to what is
 * behind them sooner.
 */
export function setUpPct(depth: u32, steps: u32): void {
  if (choice.below(SHORT_ONE_IN) != 0) streakMax = max(STREAK_SHORT, min(steps << 1, STREAK_LONG));
  turnCount = min(depth, DEPTH_MAX) - 1;
  for (let i: u32 = 0; i < turnCount; i++) store<u32>(turns + ((<usize>i) << 2), choice.below(max(steps, 1)));
}

function priorityOf(t: Task): u32 {
  if (t.priority == 0) t.priority = PRIORITY_MIN + choice.below(0x7fffffff);
  return t.priority;
}

/** The place in the run queue of the one with the highest priority. */
function highest(count: u32): u32 {
  let best: u32 = 0;
  let priority: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const its = priorityOf(task.queued(i));
    if (its <= priority) continue;
    best = i;
    priority = its;
  }
  return best;
}

function preferred(count: u32): u32 {
  for (let i: u32 = 0; i < turnCount; i++) {
    if (load<u32>(turns + ((<usize>i) << 2)) == step) task.queued(highest(count)).priority = CHANGED_MIN + i;
  }
  step++;
  const best = highest(count);
  const chosen = task.queued(best);
  streak = chosen.id == last ? streak + 1 : 1;
  last = chosen.id;
  if (streak < streakMax) return best;
  // Behind those that fell behind at a step as well: one of them may be the one that is waited for.
  chosen.priority = max(--demoted, 1);
  return highest(count);
}

/** A task that sleeps wakes for nothing. */
function wakeOneForNothing(): void {
  const sleepers = task.blocked();
  if (sleepers == 0 || !fault.happens(fault.SPURIOUS)) return;
  const woken = task.blockedAt(choice.forFault(sleepers));
  trace.open();
  trace.text(' fault');
  if (task.wakeTask(woken)) tell.wokeBy(woken, 'spurious');
  trace.close();
}

function late(): void {
  if (!fault.happens(fault.DELAYED)) return;
  const most = max<u32>(fault.argumentOf(fault.DELAYED), 1);
  // Where a choice has no room for each microsecond, it is one of steps of so many.
  const unit: u32 = (most - 1) / choice.OPTIONS_MAX + 1;
  const us = min<u32>((1 + choice.forFault((most - 1) / unit + 1)) * unit, most);
  trace.open();
  trace.text(' fault delay ');
  trace.decimal(us);
  trace.close();
  clock.advance(alarms.now_ns + <u64>us * 1000);
}

function choose(count: u32): Task {
  const best = choice.strategy == PCT && count > 1 ? preferred(count) : 0;
  const chosen = task.queued(choice.among(count, best));
  if (count > 1) {
    trace.open();
    trace.text(' run');
    trace.task(chosen.id);
    trace.close();
  }
  return chosen;
}

/** The task that goes on, with DIES or without; STUCK or OVER. Time ends at `until_ns`. */
export function pick(until_ns: u64): i32 {
  wakeOneForNothing();
  // What became due during the step is in the queue before the choice.
  if (busy.isOn) clock.advance(min(busy.stepEnd_ns(), until_ns));
  while (alarms.now_ns < until_ns) {
    const count = task.runnableCount();
    if (count > 0) {
      const chosen = choose(count);
      late();
      const isMortal = fault.isPlannedFor(fault.DIES) && fault.argumentOf(fault.DIES) == <u32>chosen.id;
      return isMortal && fault.happens(fault.DIES) ? chosen.id | DIES : chosen.id;
    }
    const due = clock.next();
    if (due < 0) return STUCK;
    clock.advance(min(<u64>due, until_ns));
  }
  return OVER;
}

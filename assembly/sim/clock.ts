// SPDX-License-Identifier: LGPL-2.1-or-later

// Moves virtual time on, and has happen what is due: a task's timeout, or a timerfd.

import * as alarms from './alarms';
import * as files from './file';
import { Alarm, Task } from './structs';
import { enterQueue, wakeTask } from './task';
import * as tell from './trace-calls';
import * as timerfd from './timerfd';
import * as trace from './trace';

/** A line of its own in the trace, unless it is within that of a call. That a task is late was told when it was woken. */
function fire(alarm: Alarm): void {
  if (alarm.kind == alarms.LATE) {
    alarms.disarm(alarm);
    return enterQueue(changetype<Task>(alarm.owner));
  }
  const isOwn = !trace.isOpen;
  if (isOwn) {
    trace.open();
    trace.text(' clock');
  }
  alarms.disarm(alarm);
  if (alarm.kind == alarms.TIMEOUT) {
    const task = changetype<Task>(alarm.owner);
    task.timedOut = 1;
    if (wakeTask(task)) tell.wokeBy(task, 'time');
  } else timerfd.expire(alarm.owner);
  if (!isOwn) return;
  files.tellChanges();
  trace.close();
}

/** Has everything happen that is due by now. */
export function settle(): void {
  for (let at = alarms.first(); at != 0; at = alarms.first()) {
    const alarm = changetype<Alarm>(at);
    if (alarm.at_ns > alarms.now_ns) return;
    fire(alarm);
  }
}

/** Moves time on to `ns`, if that lies ahead; what becomes due on the way happens at its moment. */
export function advance(ns: u64): void {
  for (let at = alarms.first(); at != 0; at = alarms.first()) {
    const alarm = changetype<Alarm>(at);
    if (alarm.at_ns > ns) break;
    if (alarm.at_ns > alarms.now_ns) alarms.setNow(alarm.at_ns);
    fire(alarm);
  }
  if (ns > alarms.now_ns) alarms.setNow(ns);
}

/** When something is due next, or -1. */
export function next(): i64 {
  const at = alarms.first();
  return at == 0 ? -1 : changetype<Alarm>(at).at_ns;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

import * as alarms from './alarms';
import { Alarm, Task } from './structs';
import { wakeTask } from './task';
import * as timerfd from './timerfd';

function fire(alarm: Alarm): void {
  alarms.disarm(alarm);
  if (!alarm.isTask) return timerfd.expire(alarm.owner);
  const task = changetype<Task>(alarm.owner);
  task.timedOut = 1;
  wakeTask(task);
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

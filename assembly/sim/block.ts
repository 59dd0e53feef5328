// SPDX-License-Identifier: LGPL-2.1-or-later

// How a call of the current task sleeps: what it leaves in a queue, and what wakes it besides.

import { EINTR } from '../constants';
import { O_NONBLOCK } from '../abi';
import * as list from './list';
import * as task from './task';
import * as version from './version';
import * as wait from './wait';

function enter(queue: usize, isExclusive: bool, isLast: bool, kind: i32 = wait.TASK): void {
  const entry = task.current.wait;
  // A task that something else has woken (a fault) and that sleeps again keeps its place.
  if (!list.isEmpty(changetype<usize>(entry))) return;
  wait.prepare(entry, kind, changetype<usize>(task.current), 0, isExclusive);
  if (isLast) list.addTail(changetype<usize>(entry), queue);
  else wait.enqueue(queue, entry);
}

/** Whether a call that would sleep must return instead. O_NONBLOCK that is set while it sleeps comes too late. */
export function mayNotSleep(flags: i32): bool {
  return (flags & O_NONBLOCK) != 0 && task.current.phase == 0;
}

/** wait_event_interruptible_locked_irq(): last in the queue, and yet not exclusive. SLEEPS, or -EINTR where a signal came. */
export function lockedWait(queue: usize): i32 {
  if (task.current.signal) return -EINTR;
  enter(queue, false, true);
  return task.sleep();
}

/** The wait of an eventfd, which depends on the version; {@link leaveQueue} ends it. */
export function eventfdWait(queue: usize): i32 {
  if (version.number >= version.EVENTFD_WAITS_LAST) return lockedWait(queue);
  if (task.current.signal) return -EINTR;
  enter(queue, false, false, wait.STAYS);
  return task.sleep();
}

/** A task that has waited leaves the queue before it wakes others. */
export function leaveQueue(): void {
  list.remove(changetype<usize>(task.current.wait));
}

/** wait_event_interruptible_exclusive() */
export function exclusiveWait(queue: usize): i32 {
  if (task.current.signal) return -EINTR;
  enter(queue, true, true);
  return task.sleep();
}

/** prepare_to_wait() and schedule_timeout() of a socket's calls: first in the queue. */
export function socketWait(queue: usize): i32 {
  if (task.current.signal) return -EINTR;
  enter(queue, false, false);
  return task.sleep();
}

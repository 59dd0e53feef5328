// SPDX-License-Identifier: LGPL-2.1-or-later

// Virtual time, and what is due at which moment of it. Time stands still unless clock.ts moves it.

import * as list from './list';
import { Alarm } from './structs';

/** Nanoseconds since the kernel began. */
export let now_ns: u64 = 0;

/** What is due: the end of a timerfd, the timeout of a task's call, or that a task which was woken late can go on. */
export const TIMERFD: i32 = 0;
export const TIMEOUT: i32 = 1;
export const LATE: i32 = 2;

const pending: usize = memory.data(8); // in order of time, and of coming (timerqueue_add())

export function setUp(): void {
  list.init(pending);
  now_ns = 0;
}

export function setNow(ns: u64): void {
  now_ns = ns;
}

export function arm(alarm: Alarm, at_ns: u64): void {
  disarm(alarm);
  alarm.at_ns = at_ns;
  let later = list.next(pending);
  while (later != pending && changetype<Alarm>(later).at_ns <= at_ns) later = list.next(later);
  list.addTail(changetype<usize>(alarm), later);
}

export function disarm(alarm: Alarm): void {
  list.remove(changetype<usize>(alarm));
}

export function isArmed(alarm: Alarm): bool {
  return !list.isEmpty(changetype<usize>(alarm));
}

/** What is due first, or 0. */
export function first(): usize {
  const node = list.next(pending);
  return node == pending ? 0 : node;
}

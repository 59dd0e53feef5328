// SPDX-License-Identifier: LGPL-2.1-or-later

// fs/timerfd.c on virtual time. An interval's next expiry is armed only when the last one is read or asked for.

import { EAGAIN, EINVAL, IN } from '../constants';
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  TFD_TIMER_ABSTIME,
  TFD_TIMER_CANCEL_ON_SET,
} from '../abi';
import * as alarms from './alarms';
import * as arena from './arena';
import { lockedWait, mayNotSleep } from './block';
import * as files from './file';
import * as list from './list';
import { Alarm, OpenFile, Timerfd } from './structs';
import { wakeOne } from './wait';

function bodyOf(file: OpenFile): Timerfd {
  return changetype<Timerfd>(file.body);
}

/** All three are the same here, since nobody sets a clock and nothing is suspended. */
function isClock(clock: i32): bool {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
}

/** What timerfd_create(2) says to its arguments. */
export function check(clock: i32, flags: i32): i32 {
  return flags & ~(O_CLOEXEC | O_NONBLOCK) || !isClock(clock) ? -EINVAL : 0;
}

export function create(flags: i32): OpenFile | null {
  const at = arena.alloc(offsetof<Timerfd>());
  const alarm = arena.alloc(offsetof<Alarm>());
  if (at == 0 || alarm == 0) return null;
  const timer = changetype<Timerfd>(at);
  list.init(at);
  list.init(alarm);
  timer.alarm = changetype<Alarm>(alarm);
  timer.alarm.owner = at;
  const file = files.create(files.TIMERFD, O_RDWR | (flags & O_NONBLOCK), at, 0o600);
  timer.file = changetype<usize>(file);
  return file;
}

/** timerfd_triggered() */
export function expire(at: usize): void {
  const timer = changetype<Timerfd>(at);
  timer.expired = 1;
  timer.ticks++;
  files.touchAt(timer.file);
  wakeOne(at, IN);
}

/** hrtimer_forward_now(): how many intervals have passed since it expired, and the next one is armed. */
function forward(timer: Timerfd): u64 {
  const late = alarms.now_ns - timer.alarm.at_ns;
  const overrun = late / timer.interval_ns + 1;
  alarms.arm(timer.alarm, timer.alarm.at_ns + overrun * timer.interval_ns);
  return overrun;
}

function takeUp(timer: Timerfd): void {
  if (timer.expired && timer.interval_ns != 0) timer.ticks += forward(timer) - 1;
  timer.expired = 0;
}

/** timerfd_read() */
function read(file: OpenFile, buffer: usize, size: u32): i32 {
  if (size < 8) return -EINVAL;
  const timer = bodyOf(file);
  if (timer.ticks == 0) return mayNotSleep(file.flags) ? -EAGAIN : lockedWait(file.body);
  takeUp(timer);
  store<u64>(buffer, timer.ticks);
  timer.ticks = 0;
  return 8;
}

function poll(file: OpenFile): u32 {
  files.pollWait(file.body);
  return bodyOf(file).ticks != 0 ? IN : 0;
}

function release(file: OpenFile): void {
  const timer = bodyOf(file);
  alarms.disarm(timer.alarm);
  arena.free(changetype<usize>(timer.alarm), offsetof<Alarm>());
  arena.free(file.body, offsetof<Timerfd>());
}

/** do_timerfd_settime(). `value`: interval and first expiry, u64 nanoseconds each; an expiry of 0 disarms. */
export function setTime(file: OpenFile, flags: i32, value: usize): i32 {
  const timer = bodyOf(file);
  const first = load<u64>(value, 8);
  alarms.disarm(timer.alarm);
  timer.expired = 0;
  timer.ticks = 0;
  timer.interval_ns = load<u64>(value);
  if (first != 0)
    alarms.arm(timer.alarm, flags & TFD_TIMER_ABSTIME ? first : alarms.now_ns + min(first, u64.MAX_VALUE - alarms.now_ns));
  return 0;
}

export function areFlags(flags: i32): bool {
  return !(flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET));
}

/** do_timerfd_gettime(): interval and what is left, u64 nanoseconds each. */
export function getTime(file: OpenFile, value: usize): i32 {
  const timer = bodyOf(file);
  if (timer.expired && timer.interval_ns != 0) takeUp(timer);
  const isArmed = !list.isEmpty(changetype<usize>(timer.alarm));
  store<u64>(value, timer.interval_ns);
  store<u64>(value, isArmed ? timer.alarm.at_ns - alarms.now_ns : 0, 8);
  return 0;
}

export function setUp(): void {
  files.register(files.TIMERFD, poll, read, null, null, release);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What poll_oneoff is asked, and what it answers: the layouts of preview 1's subscription and event, and what poll(2) says of them.

import { WASI } from './errno.js';

const CLOCK = 0;
const FD_READ = 1;
const SUBSCRIPTION_SIZE = 48;
const EVENT_SIZE = 32;
const ABSOLUTE = 1;
const HANGUP = 1;

const REALTIME = 0;
const MONOTONIC = 1;

const POLLIN = 0x1;
const POLLOUT = 0x4;
const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLNVAL = 0x20;

const INT_MAX = 0x7fffffffn;

/** How much to wait for in one call: `ns` in units of `unit_ns`, rounded up, as an int. */
export function toInt(ns: bigint, unit_ns: bigint): number {
  const units = (ns + unit_ns - 1n) / unit_ns;
  return Number(units > INT_MAX ? INT_MAX : units);
}

/** One subscription. Times are virtual nanoseconds since boot. */
export interface Subscription {
  readonly userdata: bigint;
  /** Its eventtype: 0 a clock, 1 fd_read, 2 fd_write. */
  readonly type: number;
  /** Of a clock: when it has come. */
  readonly due_ns?: bigint;
  /** Of a descriptor: the guest's number. */
  readonly fd?: number;
  /** What is wrong with it, by preview 1's number. */
  readonly error?: number;
}

/** What has come of one. */
export interface Happened {
  readonly subscription: Subscription;
  readonly error: number;
  readonly isHungUp?: boolean;
}

/** Whether it is a clock that shows the simulated kernel's time: both count from boot. */
export function isClock(id: number): boolean {
  return id === REALTIME || id === MONOTONIC;
}

/** Reads `count` subscriptions at `at`; a relative time counts from `now_ns`. */
export function readSubscriptions(view: DataView, at: number, count: number, now_ns: bigint): Subscription[] {
  return Array.from({ length: count }, (_, index) => {
    const from = at + index * SUBSCRIPTION_SIZE;
    const common = { userdata: view.getBigUint64(from, true), type: view.getUint8(from + 8) };
    if (common.type > 2) return { ...common, error: WASI.EINVAL };
    if (common.type !== CLOCK) return { ...common, fd: view.getUint32(from + 16, true) };
    if (!isClock(view.getUint32(from + 16, true))) return { ...common, error: WASI.ENOTSUP };
    const timeout_ns = view.getBigUint64(from + 24, true);
    const isAbsolute = (view.getUint16(from + 40, true) & ABSOLUTE) !== 0;
    return { ...common, due_ns: isAbsolute ? timeout_ns : now_ns + timeout_ns };
  });
}

/** The events of poll(2) that a subscription to a descriptor waits for. */
export function wanted({ type }: Subscription): number {
  return type === FD_READ ? POLLIN : POLLOUT;
}

/** What poll(2) showed for a subscription to a descriptor. */
export function fromPoll(subscription: Subscription, revents: number): Happened {
  if (revents & POLLNVAL) return { subscription, error: WASI.EBADF };
  if (revents & POLLERR) return { subscription, error: WASI.EIO };
  return { subscription, error: 0, isHungUp: (revents & POLLHUP) !== 0 };
}

/** Writes events at `at`. How many bytes there are is not known: one, as other runtimes say. */
export function writeEvents(view: DataView, at: number, all: readonly Happened[]): void {
  all.forEach(({ subscription, error, isHungUp }, index) => {
    const to = at + index * EVENT_SIZE;
    new Uint8Array(view.buffer, to, EVENT_SIZE).fill(0);
    view.setBigUint64(to, subscription.userdata, true);
    view.setUint16(to + 8, error, true);
    view.setUint8(to + 10, subscription.type);
    if (subscription.type === CLOCK || error !== 0) return;
    view.setBigUint64(to + 16, 1n, true);
    view.setUint16(to + 24, isHungUp ? HANGUP : 0, true);
  });
}

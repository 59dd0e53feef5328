// SPDX-License-Identifier: LGPL-2.1-or-later

// What a word of a scenario stands for: a call, an event, a number, a time.

import * as n from '../sim/numbers';
import * as steps from './step';
import { number, same, value } from './text';

/**
 * The calls: their name, their number, and what they take: `v` a value, `f` flags (all words that are left), `t` a time, `d` one that ends; behind `?`, what may
 * be left out.
 */
export const CALLS: StaticArray<string> = [
  'eventfd',
  '?vf',
  'open',
  '?f',
  'socketpair',
  '?f',
  'pipe',
  '?f',
  'timerfd_create',
  '?f',
  'epoll_create',
  '?f',
  'read',
  'v?v',
  'write',
  'vv?v',
  'send',
  'vv?f',
  'recv',
  'vv?f',
  'ioctl',
  'vvv',
  'shutdown',
  'vv',
  'dup',
  'v',
  'close',
  'v',
  'epoll_ctl',
  'vvv?v',
  'epoll_wait',
  'vt?v',
  'poll',
  'vvt',
  'timerfd_settime',
  'vd?d',
  'sleep',
  't',
  'yield',
  '',
  'vpoll_create',
  '?vv',
  'vpoll_ctl',
  'vvv',
  'vpoll_close',
  'v',
];

/** By the place of a call above: its number. */
export const NUMBERS: StaticArray<i32> = [
  n.EVENTFD,
  n.OPEN_VPOLL,
  n.SOCKETPAIR,
  n.PIPE,
  n.TIMERFD,
  n.EPOLL,
  n.READ,
  n.WRITE,
  n.SEND,
  n.RECV,
  n.IOCTL,
  n.SHUTDOWN,
  n.DUP,
  n.CLOSE,
  n.EPOLL_CTL,
  n.EPOLL_WAIT,
  n.POLL,
  n.TIMERFD_SETTIME,
  n.SLEEP,
  n.YIELD,
  steps.VPOLL_CREATE,
  steps.VPOLL_CTL,
  steps.VPOLL_CLOSE,
];

/** The place of a call in the tables, or -1. */
export function findCall(at: usize, size: u32): i32 {
  for (let i = 0; i < NUMBERS.length; i++) if (same(at, size, CALLS[i << 1])) return i;
  return -1;
}

/** The name of what a step does, for messages. */
export function nameOf(op: i32): string {
  for (let i = 0; i < NUMBERS.length; i++) if (NUMBERS[i] == op) return CALLS[i << 1];
  return op == steps.REQUEST ? 'write' : op == steps.SIGNAL ? 'signal' : 'task';
}

/** Words that are numbers; the names of events are in any mask, with EPOLL before them or without. */
const NAMES: StaticArray<string> = [
  'IN',
  'PRI',
  'OUT',
  'ERR',
  'HUP',
  'RDNORM',
  'RDBAND',
  'WRNORM',
  'WRBAND',
  'MSG',
  'RDHUP',
  'EXCLUSIVE',
  'ONESHOT',
  'ET',
  'ADD',
  'DEL',
  'SET',
  'MOD',
  'RD',
  'WR',
  'RDWR',
  'auto',
  'eventfd',
  'device',
  'socketpair',
  'nonblock',
  'semaphore',
  'vpoll',
  'EAGAIN',
  'EBADF',
  'EEXIST',
  'EINTR',
  'EINVAL',
  'ELOOP',
  'EMFILE',
  'ENOENT',
  'ENOMEM',
  'ENOTTY',
  'EOPNOTSUPP',
  'EPERM',
  'EPIPE',
];
/** What they stand for; an errno is what a call that fails with it gives. */
const VALUES: StaticArray<i64> = [
  0x1, 0x2, 0x4, 0x8, 0x10, 0x40, 0x80, 0x100, 0x200, 0x400, 0x2000, 0x10000000, 0x40000000, 0x80000000, 1, 2, 3, 3, 0, 1, 2, 0,
  1, 2, 5, 0x800, 1, 2, -11, -9, -17, -4, -22, -40, -24, -2, -12, -25, -95, -1, -32,
];

function valueOf(at: usize, size: u32): i32 {
  for (let i = 0; i < NAMES.length; i++) if (same(at, size, NAMES[i])) return i;
  return -1;
}

/** How many bytes of a name of an event stand before what this file calls it. */
function prefixOf(at: usize, size: u32): u32 {
  if (size > 5 && same(at, 5, 'EPOLL')) return 5;
  return size > 4 && same(at, 4, 'POLL') ? 4 : 0;
}

/** What {@link constant} found. */
export let found: i64 = 0;

/** Whether the text is a number, one of the names, or several of them with `|` between; {@link found} is what it stands for. */
export function constant(at: usize, size: u32): bool {
  let start: usize = at;
  const end = at + size;
  let all: i64 = 0;
  for (;;) {
    let stop = start;
    while (stop < end && load<u8>(stop) != 124) stop++;
    const length = <u32>(stop - start);
    if (length > 0 && number(start, length) == length) {
      all |= value;
    } else {
      const prefix = prefixOf(start, length);
      const index = valueOf(start + prefix, length - prefix);
      if (index < 0) return false;
      all |= VALUES[index];
    }
    if (stop == end) break;
    start = stop + 1;
  }
  found = all;
  return true;
}

/** Whether the text is a number, not names. */
export function isNumber(at: usize, size: u32): bool {
  return number(at, size) == size;
}

/** Whether the text is a time: a number and `us`, `ms` or `s`, or `forever`; {@link found} is that in microseconds, or -1. */
export function time(at: usize, size: u32): bool {
  found = -1;
  if (same(at, size, 'forever')) return true;
  const used = number(at, size);
  if (used == 0 || value < 0 || value > 0x7fffffff) return false;
  const unit = at + used;
  const left = size - used;
  let us: i64 = -1;
  if (same(unit, left, 'us')) us = value;
  else if (same(unit, left, 'ms')) us = value * 1000;
  else if (same(unit, left, 's')) us = value * 1000000;
  if (us < 0 || us > 0x7fffffff) return false;
  found = us;
  return true;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What a word of a scenario stands for: a call, an event, a number, a time.

import { recordAt } from '../backend';
import { COUNT } from '../backend/order';
import * as c from '../constants';
import * as n from '../sim/numbers';
import { EVENT_BITS, EVENT_NAMES } from './events';
import * as steps from './step';
import { number, same, value } from './text';

/**
 * The calls: the name of each, and what it takes: `v` a value, `f` flags (all words that are left), `t` a time, `d` one that ends; behind `?`, what may
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

/** Words that are numbers, beside the events. EPOLL or POLL may stand before each of them. */
const NAMES: StaticArray<string> = [
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
  c.EPOLLEXCLUSIVE,
  c.EPOLLONESHOT,
  c.EPOLLET,
  c.OP_ADD,
  c.OP_DEL,
  c.OP_SET,
  c.EPOLL_CTL_MOD,
  c.SHUT_RD,
  c.SHUT_WR,
  c.SHUT_RDWR,
  c.AUTO,
  c.O_NONBLOCK,
  c.EFD_SEMAPHORE,
  c.EFD_VPOLL,
  -c.EAGAIN,
  -c.EBADF,
  -c.EEXIST,
  -c.EINTR,
  -c.EINVAL,
  -c.ELOOP,
  -c.EMFILE,
  -c.ENOENT,
  -c.ENOMEM,
  -c.ENOTTY,
  -c.EOPNOTSUPP,
  -c.EPERM,
  -c.EPIPE,
];

/** What no word stands for. */
const NOTHING: i64 = i64.MIN_VALUE;

/** What a name stands for: an event, one of the words above, or the number of a backend that the simulated kernel can have. */
function valueOf(at: usize, size: u32): i64 {
  for (let i = 0; i < EVENT_NAMES.length; i++) if (same(at, size, EVENT_NAMES[i])) return EVENT_BITS[i];
  for (let i = 0; i < NAMES.length; i++) if (same(at, size, NAMES[i])) return VALUES[i];
  for (let number = 1; number <= <i32>COUNT; number++) {
    const record = recordAt(number);
    if (record.isSimulated && same(at, size, record.name)) return number;
  }
  return NOTHING;
}

/** How many bytes stand before the name that this file has: EPOLL, POLL or nothing. */
export function prefixOf(at: usize, size: u32): u32 {
  if (size > 5 && same(at, 5, 'EPOLL')) return 5;
  return size > 4 && same(at, 4, 'POLL') ? 4 : 0;
}

/** What {@link constant} or {@link time} found. */
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
      const named = valueOf(start + prefix, length - prefix);
      if (named == NOTHING) return false;
      all |= named;
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

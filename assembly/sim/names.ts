// SPDX-License-Identifier: LGPL-2.1-or-later

// Names that the trace uses.

import * as abi from '../abi';
import * as trace from './trace';

/** The calls by number (numbers.ts). */
const CALLS: StaticArray<string> = [
  'eventfd',
  'open',
  'socketpair',
  'pipe',
  'timerfd_create',
  'epoll_create',
  'read',
  'write',
  'send',
  'recv',
  'ioctl',
  'shutdown',
  'fcntl',
  'setsockopt',
  'getsockopt',
  'dup',
  'dup3',
  'close',
  'epoll_ctl',
  'epoll_wait',
  'poll',
  'select',
  'timerfd_settime',
  'timerfd_gettime',
  'sleep',
  'unshare',
  'setrlimit',
  'yield',
  'socket',
  'bind',
  'connect',
  'listen',
  'accept4',
  'getsockname',
  'getpeername',
];

/** How the trace writes an argument; 0: not at all. */
export const DECIMAL: u32 = 1;
export const BITS: u32 = 2;

/** For each call a nibble an argument, the first one lowest. */
const ARGS: StaticArray<u32> = [
  0x22, 0x2, 0x121, 0x20, 0x21, 0x2, 0x101, 0x101, 0x2101, 0x2101, 0x221, 0x11, 0x111, 0x111, 0x111, 0x1, 0x211, 0x1, 0x111,
  0x1101, 0x100, 0x101, 0x21, 0x1, 0x1, 0x0, 0x1, 0x0, 0x121, 0x101, 0x101, 0x11, 0x21, 0x1, 0x1,
];

/** The kinds of file by number (file.ts). */
const KINDS: StaticArray<string> = ['eventfd', 'vpoll', 'timerfd', 'pipe', 'socket', 'epoll'];

/** The errnos that this kernel gives; and their names, in the same order. */
const ERRNOS: StaticArray<i32> = [
  abi.EPERM,
  abi.ENOENT,
  abi.ESRCH,
  abi.EINTR,
  abi.EIO,
  abi.ENXIO,
  abi.EBADF,
  abi.EAGAIN,
  abi.ENOMEM,
  abi.EACCES,
  abi.EFAULT,
  abi.EBUSY,
  abi.EEXIST,
  abi.ENODEV,
  abi.ENOTDIR,
  abi.EISDIR,
  abi.EINVAL,
  abi.ENFILE,
  abi.EMFILE,
  abi.ENOTTY,
  abi.ENOSPC,
  abi.EPIPE,
  abi.ENOSYS,
  abi.ELOOP,
  abi.ENOTSOCK,
  abi.ENOPROTOOPT,
  abi.EPROTONOSUPPORT,
  abi.ESOCKTNOSUPPORT,
  abi.EOPNOTSUPP,
  abi.EAFNOSUPPORT,
  abi.ECONNRESET,
  abi.ENOBUFS,
  abi.ENOTRECOVERABLE,
];
const ERRNO_NAMES: StaticArray<string> = [
  'EPERM',
  'ENOENT',
  'ESRCH',
  'EINTR',
  'EIO',
  'ENXIO',
  'EBADF',
  'EAGAIN',
  'ENOMEM',
  'EACCES',
  'EFAULT',
  'EBUSY',
  'EEXIST',
  'ENODEV',
  'ENOTDIR',
  'EISDIR',
  'EINVAL',
  'ENFILE',
  'EMFILE',
  'ENOTTY',
  'ENOSPC',
  'EPIPE',
  'ENOSYS',
  'ELOOP',
  'ENOTSOCK',
  'ENOPROTOOPT',
  'EPROTONOSUPPORT',
  'ESOCKTNOSUPPORT',
  'EOPNOTSUPP',
  'EAFNOSUPPORT',
  'ECONNRESET',
  'ENOBUFS',
  'ENOTRECOVERABLE',
];

export function call(number: i32): string {
  return CALLS[number];
}

export function args(number: i32): u32 {
  return ARGS[number];
}

export function kind(number: i32): string {
  return KINDS[number];
}

/** The name of an errno, or '' where this kernel never gives it. */
export function errorName(errno: i32): string {
  for (let i = 0; i < ERRNOS.length; i++) if (ERRNOS[i] == errno) return ERRNO_NAMES[i];
  return '';
}

/** Writes the name of an errno, or "errno" and its number. */
export function error(errno: i32): void {
  const name = errorName(errno);
  trace.text(name.length > 0 ? name : 'errno ');
  if (name.length == 0) trace.decimal(errno);
}

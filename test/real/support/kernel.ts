// SPDX-License-Identifier: LGPL-2.1-or-later

// Further calls of libc: those that make, copy or take over files which vpoll knows nothing of.

import { openLibc } from '../../../src/runtime.js';
import { closeFd } from './libc.js';

const libc = openLibc();
const cEventfd = libc.func('eventfd', 'u32', 'i32');
const cEpollCreate1 = libc.func('epoll_create1', 'i32');
const cFcntl = libc.func('fcntl', 'i32', 'i32', 'i32');
const cSyscall = libc.func('syscall', 'len', 'len', 'len', 'len');

const EFD_VPOLL = 2;
const EPOLL_CLOEXEC = 0x80000;
const F_DUPFD = 0;
// The same on every architecture: they are newer than the common table.
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

function orThrow(result: number, name: string): number {
  if (result < 0) throw new Error(`${name}: errno ${libc.errno()}`);
  return result;
}

function syscall(number: number, a: number, b: number): number {
  return cSyscall(libc.word(number), libc.word(a), libc.word(b), libc.word(0));
}

/** eventfd(2). */
export function eventfd(initval: number, flags: number): number {
  return orThrow(cEventfd(initval, flags), 'eventfd');
}

/** Whether this kernel has EFD_VPOLL: one that hasn't refuses the flag. */
export function hasVPollEventfd(): boolean {
  const fd = cEventfd(0, EFD_VPOLL);
  if (fd >= 0) closeFd(fd);
  return fd >= 0;
}

/** epoll_create1(2). */
export function epollCreate(): number {
  return orThrow(cEpollCreate1(EPOLL_CLOEXEC), 'epoll_create1');
}

/** A dup whose number is `least` or more: F_DUPFD of fcntl(2). */
export function dupFrom(fd: number, least: number): number {
  return orThrow(cFcntl(fd, F_DUPFD, least), 'fcntl');
}

/** The open file that another process has under `fd`: pidfd_open(2), pidfd_getfd(2). */
export function fromProcess(pid: number, fd: number): number {
  const pidfd = orThrow(syscall(SYS_PIDFD_OPEN, pid, 0), 'pidfd_open');
  try {
    return orThrow(syscall(SYS_PIDFD_GETFD, pidfd, fd), 'pidfd_getfd');
  } finally {
    closeFd(pidfd);
  }
}

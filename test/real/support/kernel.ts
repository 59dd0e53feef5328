// SPDX-License-Identifier: LGPL-2.1-or-later

// Further calls of libc: those that make, copy or take over files which vpoll knows nothing of.

import { closeSync } from 'node:fs';
import { loadLibc } from '../../../host/node.js';
import { loadKoffi } from '../../../src/core.js';

const koffi = loadKoffi();
const libc = loadLibc(koffi, process.arch);
const cEventfd = libc.func('int eventfd(unsigned int, int)');
const cEpollCreate1 = libc.func('int epoll_create1(int)');
const cFcntl = libc.func('int fcntl(int, int, int)');
const cSyscall = libc.func('long syscall(long, long, long, long)');

const EFD_VPOLL = 2;
const EPOLL_CLOEXEC = 0x80000;
const F_DUPFD = 0;
// The same on every architecture: they are newer than the common table.
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

function orThrow(result: number, name: string): number {
  if (result < 0) throw new Error(`${name}: errno ${koffi.errno()}`);
  return result;
}

/** eventfd(2). */
export function eventfd(initval: number, flags: number): number {
  return orThrow(cEventfd(initval, flags), 'eventfd');
}

/** Whether this kernel has EFD_VPOLL: one that hasn't refuses the flag. */
export function hasVPollEventfd(): boolean {
  const fd = cEventfd(0, EFD_VPOLL);
  if (fd >= 0) closeSync(fd);
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
  const pidfd = orThrow(cSyscall(SYS_PIDFD_OPEN, pid, 0, 0), 'pidfd_open');
  try {
    return orThrow(cSyscall(SYS_PIDFD_GETFD, pidfd, fd, 0), 'pidfd_getfd');
  } finally {
    closeSync(pidfd);
  }
}

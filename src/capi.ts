// SPDX-License-Identifier: LGPL-2.1-or-later

// The three functions of libvpoll, with C's convention: -1 and an errno instead of an exception.

import { EBADF, EINVAL } from '../host/errno.js';
import { EXCLUSIVE } from './backends.js';
import { getCore } from './core.js';
import { createFd } from './create.js';
import { VPollError } from './errors.js';
import { tellChanged, tellClosed } from './followers.js';
import { checkOptions, type VPollOptions } from './options.js';
import { environment } from './runtime.js';
import { outsideOfTasks } from './tasks.js';

let lastErrno = 0;

/** The errno (positive) of the last of these functions that returned -1. Like C's, it isn't cleared by success. */
export function vpoll_errno(): number {
  return lastErrno;
}

function fail(errno: number): -1 {
  lastErrno = errno;
  return -1;
}

function failWith(error: unknown): -1 {
  if (error instanceof VPollError) return fail(-error.errno);
  throw error;
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= -0x80000000 && value <= 0xffffffff;
}

/**
 * A new vpoll by number: `int vpoll_create(uint32_t init_events, int flags)`. As in C, the policy is *closest* unless told otherwise.
 *
 * @param init_events - bits of {@link VPOLL_EVENTS}
 * @param flags - {@link FD_CLOEXEC} or {@link EFD_CLOEXEC}, and {@link EFD_NONBLOCK}
 * @param options - what C programs say by the environment: `backend`, `needs`, `order`, `policy`, `passing`
 * @returns the descriptor, or -1 with {@link vpoll_errno}: EINVAL, EOPNOTSUPP, EMFILE, ENFILE, ENOMEM, ENOSYS
 */
export function vpoll_create(
  init_events: number,
  flags: number,
  options: Pick<VPollOptions, 'backend' | 'needs' | 'order' | 'policy' | 'passing'> = {},
): number {
  if (!isInt32(init_events) || !isInt32(flags)) return fail(EINVAL);
  try {
    outsideOfTasks('vpoll_create()', 'VPoll');
    const wanted = checkOptions({ ...options, policy: options.policy ?? 'closest' }, environment);
    const fd = createFd({
      ...wanted,
      events: init_events,
      fdFlags: flags,
      options: wanted.options & ~EXCLUSIVE,
    });
    return fd < 0 ? fail(-fd) : fd;
  } catch (error) {
    return failWith(error);
  }
}

/**
 * Changes what is asserted: `int vpoll_ctl(int fd, int op, uint32_t events)`. A dup of a vpoll's descriptor is the same vpoll.
 *
 * @param fd - a vpoll of this process or, on a kernel or device backend, one that was inherited
 * @param op - {@link VPOLL_CTL_ADDEVENTS}, {@link VPOLL_CTL_DELEVENTS} or {@link VPOLL_CTL_SETEVENTS}
 * @param events - bits of {@link VPOLL_EVENTS}; a DEL ignores others
 * @returns 0, or -1 with {@link vpoll_errno}: EINVAL, EBADF, EOPNOTSUPP, ENOTRECOVERABLE, ENOMEM
 */
export function vpoll_ctl(fd: number, op: number, events: number): number {
  if (!isInt32(op) || !isInt32(events)) return fail(EINVAL);
  if (!isInt32(fd)) return fail(EBADF);
  try {
    const result = getCore().ctl(fd, 0, op, events);
    if (result < 0) return fail(-result);
    tellChanged(fd, op, events);
    return 0;
  } catch (error) {
    return failWith(error);
  }
}

/**
 * Closes a vpoll: `int vpoll_close(int fd)`.
 *
 * @returns 0, or -1 with {@link vpoll_errno}: EBADF, where it is no vpoll or was closed already
 */
export function vpoll_close(fd: number): number {
  if (!isInt32(fd)) return fail(EBADF);
  try {
    const result = getCore().close(fd, 0);
    tellClosed(fd);
    return result < 0 ? fail(-result) : 0;
  } catch (error) {
    return failWith(error);
  }
}

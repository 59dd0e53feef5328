// SPDX-License-Identifier: LGPL-2.1-or-later

// The errors of preview 1 (wasi-libc's <wasi/api.h>), by the errno of Linux that the simulated kernel gives.

import { ERRNO } from '../../../host/errno.js';

export const WASI = {
  EBADF: 8,
  EFAULT: 21,
  EINVAL: 28,
  EIO: 29,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTSOCK: 57,
  ENOTSUP: 58,
  ESPIPE: 70,
} as const;

const BY_LINUX: Readonly<Record<number, number>> = {
  [ERRNO.EPERM]: 63,
  [ERRNO.ENOENT]: 44,
  [ERRNO.EINTR]: 27,
  [ERRNO.EIO]: WASI.EIO,
  [ERRNO.EBADF]: WASI.EBADF,
  [ERRNO.EAGAIN]: 6,
  [ERRNO.ENOMEM]: 48,
  [ERRNO.EFAULT]: WASI.EFAULT,
  [ERRNO.EEXIST]: 20,
  [ERRNO.EINVAL]: WASI.EINVAL,
  [ERRNO.EMFILE]: 33,
  [ERRNO.ENOTTY]: 59,
  [ERRNO.ESPIPE]: WASI.ESPIPE,
  [ERRNO.EPIPE]: 64,
  [ERRNO.ELOOP]: 32,
  [ERRNO.ENOTSOCK]: WASI.ENOTSOCK,
  [ERRNO.EOPNOTSUPP]: WASI.ENOTSUP,
  [ERRNO.ECONNRESET]: 15,
  [ERRNO.ENOTCONN]: 53,
};

/** What preview 1 calls the error of a call that gave `-errno`; one that it has no name for is EIO. */
export function toWasi(result: number): number {
  return BY_LINUX[-result] ?? WASI.EIO;
}

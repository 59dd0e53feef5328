// SPDX-License-Identifier: LGPL-2.1-or-later

// The errors of preview 1 (wasi-libc's <wasi/api.h>), by the errno of Linux that the simulated kernel gives.

export const WASI = { EBADF: 8, EFAULT: 21, EINVAL: 28, EIO: 29, ENOSPC: 51, ENOTSUP: 58, ESPIPE: 70 } as const;

const BY_LINUX: Readonly<Record<number, number>> = {
  1: 63, // EPERM
  2: 44, // ENOENT
  4: 27, // EINTR
  5: WASI.EIO,
  9: WASI.EBADF,
  11: 6, // EAGAIN
  12: 48, // ENOMEM
  14: WASI.EFAULT,
  17: 20, // EEXIST
  22: WASI.EINVAL,
  24: 33, // EMFILE
  25: 59, // ENOTTY
  29: WASI.ESPIPE,
  32: 64, // EPIPE
  40: 32, // ELOOP
  88: 57, // ENOTSOCK
  95: WASI.ENOTSUP,
  104: 15, // ECONNRESET
  107: 53, // ENOTCONN
};

/** What preview 1 calls the error of a call that gave `-errno`; one that it has no name for is EIO. */
export function toWasi(result: number): number {
  return BY_LINUX[-result] ?? WASI.EIO;
}

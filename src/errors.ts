// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Linux errno numbers by name, with the words of strerror(3). The same on every architecture that vpoll runs on (include/uapi/asm-generic/errno.h).
 * Node's own table isn't used: it names -95 ENOTSUP, and a browser has none.
 */
const ERRNO = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file or directory'],
  EINTR: [4, 'interrupted system call'],
  EIO: [5, 'input/output error'],
  ENXIO: [6, 'no such device or address'],
  EBADF: [9, 'bad file descriptor'],
  EAGAIN: [11, 'resource temporarily unavailable'],
  ENOMEM: [12, 'out of memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'bad address'],
  EBUSY: [16, 'device or resource busy'],
  EEXIST: [17, 'file exists'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'is a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'too many open files in the system'],
  EMFILE: [24, 'too many open files'],
  ENOTTY: [25, 'inappropriate ioctl for device'],
  ENOSPC: [28, 'no space left on device'],
  EPIPE: [32, 'broken pipe'],
  EDEADLK: [35, 'resource deadlock avoided'],
  ENOSYS: [38, 'function not implemented'],
  ELOOP: [40, 'too many levels of symbolic links'],
  ENOTSOCK: [88, 'socket operation on non-socket'],
  EOPNOTSUPP: [95, 'operation not supported'],
  EAFNOSUPPORT: [97, 'address family not supported'],
  EADDRINUSE: [98, 'address already in use'],
  EADDRNOTAVAIL: [99, 'cannot assign requested address'],
  ENETUNREACH: [101, 'network is unreachable'],
  ECONNRESET: [104, 'connection reset by peer'],
  ENOBUFS: [105, 'no buffer space available'],
  EISCONN: [106, 'socket is already connected'],
  ENOTCONN: [107, 'socket is not connected'],
  ETIMEDOUT: [110, 'connection timed out'],
  ECONNREFUSED: [111, 'connection refused'],
  ECANCELED: [125, 'operation canceled'],
  ENOTRECOVERABLE: [131, 'state not recoverable'],
} as const satisfies Record<string, readonly [number, string]>;

/** The name of an errno, as errors carry it in `code`. */
export type ErrorCode = `E${string}`;

/** The name of an errno (positive), or `E<number>` where it has none here. */
export function errnoName(errno: number): ErrorCode {
  const found = Object.entries(ERRNO).find(([, [number]]) => number === errno);
  return found ? (found[0] as ErrorCode) : `E${errno}`;
}

/** The words of an errno, as {@link VPollError} uses them. */
function errnoText(code: ErrorCode): string {
  return code in ERRNO ? ERRNO[code as keyof typeof ERRNO][1] : 'unknown error';
}

/**
 * What every function of vpoll throws, shaped like Node's SystemError: `code` by name, `errno` negative, `syscall` the call that
 * failed (a system call where the kernel refused, vpoll's own function where it did itself), and a message that says what to do.
 */
export class VPollError extends Error {
  /** For example `'EBADF'`. */
  readonly code: ErrorCode;
  /** The negative errno, for example -9. */
  readonly errno: number;
  /** For example `'socketpair'` or `'vpoll_ctl'`. */
  readonly syscall: string;

  /**
   * @param code - the name of an errno
   * @param syscall - the call that failed
   * @param detail - what was wrong and what to do, without a full stop
   */
  constructor(code: ErrorCode, syscall: string, detail?: string) {
    super(`${code}: ${errnoText(code)}, ${syscall}${detail ? `: ${detail}` : ''}`);
    this.name = 'VPollError';
    this.code = code;
    this.errno = -(code in ERRNO ? ERRNO[code as keyof typeof ERRNO][0] : Number(code.slice(1)));
    this.syscall = syscall;
  }
}

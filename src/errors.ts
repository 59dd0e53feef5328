// SPDX-License-Identifier: LGPL-2.1-or-later

import { ERRNO } from '../host/errno.js';

/** The errnos that errors have a name for, with the words of strerror(3). */
const WORDS = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EINTR: 'interrupted system call',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  EBADF: 'bad file descriptor',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'out of memory',
  EACCES: 'permission denied',
  EFAULT: 'bad address',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  ENODEV: 'no such device',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EINVAL: 'invalid argument',
  ENFILE: 'too many open files in the system',
  EMFILE: 'too many open files',
  ENOTTY: 'inappropriate ioctl for device',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EPIPE: 'broken pipe',
  EDEADLK: 'resource deadlock avoided',
  ENAMETOOLONG: 'file name too long',
  ENOSYS: 'function not implemented',
  ELOOP: 'too many levels of symbolic links',
  ENOTSOCK: 'socket operation on non-socket',
  EOPNOTSUPP: 'operation not supported',
  EAFNOSUPPORT: 'address family not supported',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ENETUNREACH: 'network is unreachable',
  ECONNABORTED: 'software caused connection abort',
  ECONNRESET: 'connection reset by peer',
  ENOBUFS: 'no buffer space available',
  EISCONN: 'socket is already connected',
  ENOTCONN: 'socket is not connected',
  ETIMEDOUT: 'connection timed out',
  ECONNREFUSED: 'connection refused',
  ECANCELED: 'operation canceled',
  ENOTRECOVERABLE: 'state not recoverable',
} as const satisfies Partial<Record<keyof typeof ERRNO, string>>;
type Named = keyof typeof WORDS;

function isNamed(code: string): code is Named {
  return code in WORDS;
}

/** The name of an errno, as errors carry it in `code`. */
export type ErrorCode = `E${string}`;

/** The name of an errno (positive), or `E<number>` where it has none here. */
export function errnoName(errno: number): ErrorCode {
  return (Object.keys(WORDS) as Named[]).find((name) => ERRNO[name] === errno) ?? `E${errno}`;
}

/** The same within a sentence: `errno 8` where it has no name here. */
export function sayErrno(errno: number): string {
  const name = errnoName(errno);
  return isNamed(name) ? name : `errno ${errno}`;
}

/** What JSON.stringify writes of an error. */
export type ErrorJson = Readonly<Pick<VPollError, 'name' | 'code' | 'errno' | 'syscall' | 'message'>>;

/**
 * What every function of vpoll throws, shaped like Node's SystemError: `code` by name, `errno` negative, `syscall` the call that
 * failed, and a message that says what to do. The call is a system call where the kernel refused, and a function of vpoll where
 * vpoll did.
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
    super(`${code}: ${isNamed(code) ? WORDS[code] : 'unknown error'}, ${syscall}${detail ? `: ${detail}` : ''}`);
    this.name = 'VPollError';
    this.code = code;
    this.errno = -(isNamed(code) ? ERRNO[code] : Number(code.slice(1)));
    this.syscall = syscall;
  }

  /** What JSON.stringify writes: with the message, which it would leave out. */
  toJSON(): ErrorJson {
    const { name, code, errno, syscall, message } = this;
    return { name, code, errno, syscall, message };
  }
}

/** As V8 and JavaScriptCore have it. */
interface Capturing {
  captureStackTrace?(error: Error, above: unknown): void;
}

/**
 * An error of ours, its stack begun where a function of the API was called: that is where the mistake is. Others are left as they are.
 *
 * @param owner - the function, or what has it by `name` as a method or a getter
 */
export function calledFrom(error: unknown, owner: object, name?: string): unknown {
  if (!(error instanceof VPollError)) return error;
  const member: { get?: unknown; value?: unknown } | undefined =
    name === undefined ? { value: owner } : Object.getOwnPropertyDescriptor(owner, name);
  (Error as Capturing).captureStackTrace?.(error, member?.get ?? member?.value);
  return error;
}

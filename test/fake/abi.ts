// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the Linux user ABI, written down a second time: a test that took them from the core could not notice a wrong one.

/** errno(3). */
export const E = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  EPIPE: 32,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EALREADY: 114,
  EINPROGRESS: 115,
  EDQUOT: 122,
  ENOTRECOVERABLE: 131,
} as const;

/** Event bits, epoll_ctl(2). */
export const IN = 0x1;
export const PRI = 0x2;
export const OUT = 0x4;
export const ERR = 0x8;
export const HUP = 0x10;
export const RDNORM = 0x40;
export const RDBAND = 0x80;
export const WRNORM = 0x100;
export const WRBAND = 0x200;
export const MSG = 0x400;
export const RDHUP = 0x2000;
export const SETTABLE = 0x27df;
export const NVAL = 0x20;

export const ADD = 1;
export const DEL = 2;
export const SET = 3;

export const O_CLOEXEC = 0x80000;

/** The descriptors' types, stat(2): they are in st_mode. An anonymous inode has none. */
export const S_IFSOCK = 0xc000;
export const S_IFCHR = 0x2000;
export const S_IFREG = 0x8000;
export const S_IFIFO = 0x1000;
export const S_IFDIR = 0x4000;

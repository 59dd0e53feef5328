// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the Linux user ABI that only the simulated kernel uses; the core's are in ../constants.ts.

export const ESRCH: i32 = 3;
export const ELOOP: i32 = 40;
export const EAFNOSUPPORT: i32 = 97;
export const ENOTSOCK: i32 = 88;
export const ENOPROTOOPT: i32 = 92;
export const EPROTONOSUPPORT: i32 = 93;
export const ESOCKTNOSUPPORT: i32 = 94;
export const ENOBUFS: i32 = 105;

export const NVAL: u32 = 0x20;

export const O_NONBLOCK: i32 = 0x800;
export const O_CLOEXEC: i32 = 0x80000;
export const O_APPEND: i32 = 0x400;
export const O_ASYNC: i32 = 0x2000;
export const O_DIRECT: i32 = 0x4000;
export const O_NOATIME: i32 = 0x40000;
export const O_ACCMODE: i32 = 3;
export const O_WRONLY: i32 = 1;
export const O_RDWR: i32 = 2;
/** open(2) sets it by itself where a long has 64 bits (force_o_largefile()). */
export const O_LARGEFILE: i32 = 0x8000;

export const EFD_SEMAPHORE: i32 = 1;
export const EFD_VPOLL: i32 = 2;

// Bits of epoll_event.events that are no events, epoll_ctl(2).
export const EPOLLEXCLUSIVE: u32 = 1 << 28;
export const EPOLLWAKEUP: u32 = 1 << 29;
export const EPOLLONESHOT: u32 = 1 << 30;
export const EPOLLET: u32 = 1 << 31;

export const CTL_ADD: i32 = 1;
export const CTL_DEL: i32 = 2;
export const CTL_MOD: i32 = 3;

export const F_DUPFD: i32 = 0;
export const F_GETFD: i32 = 1;
export const F_GETFL: i32 = 3;
export const F_SETFL: i32 = 4;
export const F_SETPIPE_SZ: i32 = 1031;
export const F_GETPIPE_SZ: i32 = 1032;

// Requests of files that aren't vpolls. The last three have the address of an int.
export const FIONCLEX: u32 = 0x5450;
export const FIOCLEX: u32 = 0x5451;
export const FIONBIO: u32 = 0x5421;
export const FIONREAD: u32 = 0x541b;
/** TIOCOUTQ */
export const SIOCOUTQ: u32 = 0x5411;

export const MSG_WAITALL: i32 = 0x100;

/** SOCK_TYPE_MASK */
export const SOCK_TYPES: i32 = 0xf;

export const TFD_TIMER_ABSTIME: i32 = 1;
export const TFD_TIMER_CANCEL_ON_SET: i32 = 2;

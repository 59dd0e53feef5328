// SPDX-License-Identifier: LGPL-2.1-or-later

/** The calls of the simulated kernel, as assembly/sim/numbers.ts numbers them and says what their arguments are. */
export const N = {
  EVENTFD: 0,
  OPEN_VPOLL: 1,
  SOCKETPAIR: 2,
  PIPE: 3,
  TIMERFD: 4,
  EPOLL: 5,
  READ: 6,
  WRITE: 7,
  SEND: 8,
  RECV: 9,
  IOCTL: 10,
  SHUTDOWN: 11,
  FCNTL: 12,
  SETSOCKOPT: 13,
  GETSOCKOPT: 14,
  DUP: 15,
  DUP3: 16,
  CLOSE: 17,
  EPOLL_CTL: 18,
  EPOLL_WAIT: 19,
  POLL: 20,
  SELECT: 21,
  TIMERFD_SETTIME: 22,
  TIMERFD_GETTIME: 23,
  SLEEP: 24,
  UNSHARE: 25,
  LIMIT: 26,
  YIELD: 27,
  SOCKET: 28,
  BIND: 29,
  CONNECT: 30,
  LISTEN: 31,
  ACCEPT4: 32,
  GETSOCKNAME: 33,
  GETPEERNAME: 34,
} as const;

/** What a call returns that sleeps. */
export const SLEEPS = -4097;

/** What a call gives that asks for what isn't simulated (assembly/sim/refuse.ts). */
export const REFUSED = -4098;

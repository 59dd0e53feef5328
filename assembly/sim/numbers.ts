// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of the simulated kernel by number, with their arguments. src/sim/numbers.ts has the same list.

/** eventfd(2): initval, flags. */
export const EVENTFD: i32 = 0;
/** open(2) of /dev/vpoll: flags. */
export const OPEN_VPOLL: i32 = 1;
/** socketpair(2): domain, type, protocol, int[2]. */
export const SOCKETPAIR: i32 = 2;
/** pipe2(2): int[2], flags. */
export const PIPE: i32 = 3;
/** timerfd_create(2): clock, flags. */
export const TIMERFD: i32 = 4;
/** epoll_create1(2): flags. */
export const EPOLL: i32 = 5;
/** read(2), write(2): fd, buffer, size. */
export const READ: i32 = 6;
export const WRITE: i32 = 7;
/** send(2), recv(2): fd, buffer, size, flags. */
export const SEND: i32 = 8;
export const RECV: i32 = 9;
/** ioctl(2): fd, request, argument (of FIONBIO, FIONREAD and SIOCOUTQ an int*). */
export const IOCTL: i32 = 10;
/** shutdown(2): fd, how. */
export const SHUTDOWN: i32 = 11;
/** fcntl(2): fd, command, argument. */
export const FCNTL: i32 = 12;
/** setsockopt(2), getsockopt(2) of an int: fd, level, name, int*. */
export const SETSOCKOPT: i32 = 13;
export const GETSOCKOPT: i32 = 14;
/** dup(2): fd. */
export const DUP: i32 = 15;
/** dup3(2): from, to, flags. */
export const DUP3: i32 = 16;
/** close(2): fd. */
export const CLOSE: i32 = 17;
/** epoll_ctl(2): epoll, op, fd, event (u32 events, u32 0, u64 data). */
export const EPOLL_CTL: i32 = 18;
/** epoll_wait(2): epoll, events, how many at most, timeout in milliseconds. */
export const EPOLL_WAIT: i32 = 19;
/** poll(2): pollfd[], count, timeout in milliseconds. */
export const POLL: i32 = 20;
/** select(2): count, sets (pollcall.ts), timeout in milliseconds. */
export const SELECT: i32 = 21;
/** timerfd_settime(2), timerfd_gettime(2): fd, flags (0), interval and value (u64 ns each). */
export const TIMERFD_SETTIME: i32 = 22;
export const TIMERFD_GETTIME: i32 = 23;
/** nanosleep(2): microseconds. */
export const SLEEP: i32 = 24;
/** unshare(2) of CLONE_FILES: the task's descriptors become its own, as after fork(2). */
export const UNSHARE: i32 = 25;
/** setrlimit(2) of RLIMIT_NOFILE: the limit. */
export const LIMIT: i32 = 26;
/** sched_yield(2). */
export const YIELD: i32 = 27;
/** socket(2): domain, type, protocol. */
export const SOCKET: i32 = 28;
/** bind(2), connect(2): fd, address, its size. */
export const BIND: i32 = 29;
export const CONNECT: i32 = 30;
/** listen(2): fd, backlog. */
export const LISTEN: i32 = 31;
/** accept4(2): fd, flags. Nothing is ever accepted, so there is no room for an address. */
export const ACCEPT4: i32 = 32;
/** getsockname(2), getpeername(2): fd, room for the address, socklen_t* (in: room, out: size). */
export const GETSOCKNAME: i32 = 33;
export const GETPEERNAME: i32 = 34;

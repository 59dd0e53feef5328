// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Event bits of epoll_ctl(2). poll(2) has the same numbers under the names POLL*, except that RDHUP, the band bits and MSG need
 * feature macros in C.
 */

/** There is something to read. */
export const EPOLLIN = 0x0001;
/** There is something urgent: TCP out-of-band data, a change of a watched file in sysfs, ... */
export const EPOLLPRI = 0x0002;
/** Writing would not block. */
export const EPOLLOUT = 0x0004;
/** An error is pending. Waiters see it whether they asked or not. */
export const EPOLLERR = 0x0008;
/** Hang up. Waiters see it whether they asked or not. */
export const EPOLLHUP = 0x0010;
/** Normal data to read; on sockets an alias of EPOLLIN. */
export const EPOLLRDNORM = 0x0040;
/** Priority band data to read. */
export const EPOLLRDBAND = 0x0080;
/** Normal data may be written; on sockets an alias of EPOLLOUT. */
export const EPOLLWRNORM = 0x0100;
/** Priority data may be written. */
export const EPOLLWRBAND = 0x0200;
/** Unused by the kernel itself. */
export const EPOLLMSG = 0x0400;
/** The peer closed its end, or shut down writing. */
export const EPOLLRDHUP = 0x2000;
/** Option of a waiter: wake at most some of those that wait with it. Can't be asserted. */
export const EPOLLEXCLUSIVE = 0x10000000;
/** Option of a waiter: keep the system awake. Can't be asserted. */
export const EPOLLWAKEUP = 0x20000000;
/** Option of a waiter: report once, then wait for EPOLL_CTL_MOD. Can't be asserted. */
export const EPOLLONESHOT = 0x40000000;
/** Option of a waiter: report edges instead of the level. Can't be asserted. */
export const EPOLLET = 0x80000000;

/** The eleven bits that a vpoll can assert; each other bit gives EINVAL. */
export const VPOLL_EVENTS = 0x27df;

/** vpoll_ctl: add events to those that are asserted. */
export const VPOLL_CTL_ADDEVENTS = 1;
/** vpoll_ctl: delete events. */
export const VPOLL_CTL_DELEVENTS = 2;
/** vpoll_ctl: assert exactly these events. */
export const VPOLL_CTL_SETEVENTS = 3;

/** vpoll_create: close the descriptor on execve(2). The flag that libvpoll's programs pass; EFD_CLOEXEC means the same. */
export const FD_CLOEXEC = 1;
/** vpoll_create: close the descriptor on execve(2), = O_CLOEXEC. */
export const EFD_CLOEXEC = 0x80000;
/** vpoll_create: set O_NONBLOCK on the open file. Changes nothing about events. */
export const EFD_NONBLOCK = 0x800;

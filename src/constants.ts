// SPDX-License-Identifier: LGPL-2.1-or-later

import * as abi from '../host/abi.js';

/**
 * Event bits of epoll_ctl(2). poll(2) has the same numbers under the names POLL*, except that RDHUP, the band bits and MSG need
 * feature macros in C.
 */

/** There is something to read. */
export const EPOLLIN = abi.EPOLLIN;
/** There is something urgent: TCP out-of-band data, a change of a watched file in sysfs, ... */
export const EPOLLPRI = abi.EPOLLPRI;
/** Writing would not block. */
export const EPOLLOUT = abi.EPOLLOUT;
/** An error is pending. Waiters see it whether they asked or not. */
export const EPOLLERR = abi.EPOLLERR;
/** Hang up. Waiters see it whether they asked or not. */
export const EPOLLHUP = abi.EPOLLHUP;
/** Normal data to read; on sockets an alias of EPOLLIN. */
export const EPOLLRDNORM = abi.EPOLLRDNORM;
/** Priority band data to read. */
export const EPOLLRDBAND = abi.EPOLLRDBAND;
/** Normal data may be written; on sockets an alias of EPOLLOUT. */
export const EPOLLWRNORM = abi.EPOLLWRNORM;
/** Priority data may be written. */
export const EPOLLWRBAND = abi.EPOLLWRBAND;
/** Unused by the kernel itself. */
export const EPOLLMSG = abi.EPOLLMSG;
/** The peer closed its end, or shut down writing. */
export const EPOLLRDHUP = abi.EPOLLRDHUP;
/** Option of a waiter: wake at most some of those that wait with it. Can't be asserted. */
export const EPOLLEXCLUSIVE = abi.EPOLLEXCLUSIVE;
/** Option of a waiter: keep the system awake. Can't be asserted. */
export const EPOLLWAKEUP = abi.EPOLLWAKEUP;
/** Option of a waiter: report once, then wait for EPOLL_CTL_MOD. Can't be asserted. */
export const EPOLLONESHOT = abi.EPOLLONESHOT;
/** Option of a waiter: report edges instead of the level. Can't be asserted. */
export const EPOLLET = abi.EPOLLET;

/** The eleven bits that a vpoll can assert; each other bit gives EINVAL. */
export const VPOLL_EVENTS = abi.SETTABLE;

/** vpoll_ctl: add events to those that are asserted. */
export const VPOLL_CTL_ADDEVENTS = abi.OP_ADD;
/** vpoll_ctl: delete events. */
export const VPOLL_CTL_DELEVENTS = abi.OP_DEL;
/** vpoll_ctl: assert exactly these events. */
export const VPOLL_CTL_SETEVENTS = abi.OP_SET;

/** vpoll_create: close the descriptor on execve(2). The flag that libvpoll's programs pass; EFD_CLOEXEC means the same. */
export const FD_CLOEXEC = abi.FD_CLOEXEC;
/** vpoll_create: close the descriptor on execve(2), = O_CLOEXEC. */
export const EFD_CLOEXEC = abi.O_CLOEXEC;
/** vpoll_create: set O_NONBLOCK on the open file. Changes nothing about events. */
export const EFD_NONBLOCK = abi.O_NONBLOCK;

// SPDX-License-Identifier: LGPL-2.1-or-later

// Which Linux is simulated, where it makes a difference: 100 * major + minor. Each rule says since when it holds, and which commit made it; the
// comparison runs on both sides of each, in guests (5.10, 6.1, 6.12, 7.3).

export let number: u32 = 618;

/** There is an address family more, 45 (5.15, AF_MCTP). */
export const FAMILY_45: u32 = 515;
/** eventfd_write() refuses more than 8 bytes (6.9, d31563b5f9bb). */
export const EVENTFD_WRITE_OF_8: u32 = 609;
/** epoll files have an ioctl of their own, which says EINVAL to what it doesn't know (6.9, ep_eventpoll_ioctl(), 18e2bf0edf4d). */
export const EPOLL_IOCTL: u32 = 609;
/**
 * eventfd_read() and eventfd_write() wait last in the queue, and leave it when they are woken (6.4, wait_event_interruptible_locked_irq(),
 * 113348a44b86); before, they wait first in it, and stay until they are through (DECLARE_WAITQUEUE()).
 */
export const EVENTFD_WAITS_LAST: u32 = 604;
/** A pipe's reader wakes writers only if it freed a buffer of a full pipe (6.14, pipe_read(), aaec5a95d596). */
export const PIPE_WAKES_WHEN_FREED: u32 = 614;
/** epoll_wait(2) looks at the descriptor before it looks at maxevents (6.15, do_epoll_wait() and ep_check_params(), 6b47d35d4d9e). */
export const EPOLL_WAIT_FD_FIRST: u32 = 615;

export function set(value: u32): void {
  number = value;
}

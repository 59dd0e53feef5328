/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libvpoll: file descriptors whose poll, select and epoll events the program decides. See vpoll(3).
 *
 *     int fd = vpoll_create(EPOLLOUT, FD_CLOEXEC);
 *     vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);  // a poller of fd for EPOLLIN wakes
 *     vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN);
 *     vpoll_close(fd);
 *
 * Events are the EPOLL* bits of epoll_ctl(2): IN, PRI, OUT, ERR, HUP, RDNORM, RDBAND, WRNORM, WRBAND, MSG and RDHUP. Functions return -1 with errno
 * set where they fail, and then nothing has changed, unless errno is ENOTRECOVERABLE.
 */
#ifndef VPOLL_H
#define VPOLL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VPOLL_CTL_ADDEVENTS 1
#define VPOLL_CTL_DELEVENTS 2
#define VPOLL_CTL_SETEVENTS 3

/* A new descriptor that shows `init_events`. `flags`: FD_CLOEXEC, EFD_CLOEXEC (O_CLOEXEC), EFD_NONBLOCK (O_NONBLOCK). */
int vpoll_create(uint32_t init_events, int flags);

/*
 * Makes sure that vpolls made from now on show every event, in a sandbox too. Where the kernel itself has none, it starts the helper process of "fuse", also
 * where vpoll_create() would start none by itself. 0, or -1 where that can't be. See vpoll(3).
 */
int vpoll_prepare(void);

/* Adds, deletes or sets events: 0 or -1. */
int vpoll_ctl(int fd, int op, uint32_t events);

/* Closes the descriptor and what belongs to it: 0 or -1. */
int vpoll_close(int fd);

/* The events that poll(2) shows, or -1. */
int vpoll_events(int fd);

/* What makes the descriptor work: "eventfd", "device", "fuse", "tcp" or "socketpair", or NULL with errno set. */
const char *vpoll_backend(int fd);

/* Whether exactly `events` can be shown from now: 1, 0, or -1. */
int vpoll_supports(int fd, uint32_t events);

/*
 * `strict` 1: vpoll_ctl() refuses a change that can't be shown exactly, with EOPNOTSUPP, in this process and in the children that it forks from now on; 0: it shows the
 * nearest. What vpoll_create() begins with is 0, or what VPOLL_STRICT says. 0 or -1.
 */
int vpoll_set_strict(int fd, int strict);

#ifdef __cplusplus
}
#endif

#endif

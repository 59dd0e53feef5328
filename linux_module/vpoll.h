/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/**
 * DOC: /dev/vpoll
 *
 * File descriptors whose poll events a program decides. Each open(2) makes one
 * that shows nothing at first; EMFILE where this user has as many as the
 * module's parameter max_user_instances says.
 *
 * A file speaks two languages, and both may be mixed::
 *
 *	ioctl(fd, VPOLL_IO_xxxEVENTS, events)	the new set of events
 *	write(fd, &request, 8)			request = op << 32 | events, a __u64
 *
 * read(fd, &events, 8) gives the current set as a __u64. It never blocks and
 * takes nothing away.
 *
 * ADD adds events, DEL takes them away, SET assigns them. Events are those of
 * epoll_ctl(2): EPOLLIN, PRI, OUT, ERR, HUP, RDNORM, RDBAND, WRNORM, WRBAND,
 * MSG and RDHUP. ADD and SET of another bit are EINVAL; DEL ignores it. ADD and
 * SET wake those who wait for what they name, DEL wakes nobody.
 */

#ifndef _UAPI_LINUX_VPOLL_H
#define _UAPI_LINUX_VPOLL_H

#include <linux/ioctl.h>

/* What a request does; the numbers of the ioctls too. */
#define VPOLL_OP_ADDEVENTS	1
#define VPOLL_OP_DELEVENTS	2
#define VPOLL_OP_SETEVENTS	3

/* Where write(2) expects the operation. */
#define VPOLL_OP_SHIFT		32

/* The argument is the events themselves, not a pointer to them. */
#define VPOLL_IOC_MAGIC		'^'
#define VPOLL_IO_ADDEVENTS	_IO(VPOLL_IOC_MAGIC, VPOLL_OP_ADDEVENTS)
#define VPOLL_IO_DELEVENTS	_IO(VPOLL_IOC_MAGIC, VPOLL_OP_DELEVENTS)
#define VPOLL_IO_SETEVENTS	_IO(VPOLL_IOC_MAGIC, VPOLL_OP_SETEVENTS)

#endif /* _UAPI_LINUX_VPOLL_H */

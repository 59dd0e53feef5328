/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* Asks for what no vpoll can be. Ends with 0 where each is EINVAL and costs no descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vpoll.h>

static int is_refused(uint32_t events, int flags)
{
	errno = 0;
	return vpoll_create(events, flags) == -1 && errno == EINVAL;
}

int main(void)
{
	static const uint32_t events[] = { EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLWAKEUP, EPOLLIN | 0x20, 0x1000, 0x800 };
	static const int flags[] = { 2, 4, O_APPEND, -1 };
	const int before = dup(0);

	close(before);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		if (!is_refused(events[i], 0))
			return printf("events %#x: errno %d\n", events[i], errno), 1;
	}
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!is_refused(0, flags[i]))
			return printf("flags %#x: errno %d\n", flags[i], errno), 1;
	}
	return dup(0) == before ? 0 : 2;
}

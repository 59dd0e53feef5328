/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* Says what vpoll_create() has taken, and how many of the 2048 masks poll(2) does not show as they were set. */
#include "../../../host/c/abi.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <vpoll.h>

int main(void)
{
	int fd = vpoll_create(0, 0), masks = 0, wrong = 0;

	if (fd < 0) {
		printf("none: %s\n", strerror(errno));
		return 1;
	}
	for (unsigned int mask = 0; mask <= SETTABLE; mask++) {
		struct pollfd it = { .fd = fd, .events = SETTABLE };

		if (mask & ~SETTABLE)
			continue;
		masks++;
		if (vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, mask) != 0 || poll(&it, 1, 0) < 0 || (unsigned short)it.revents != mask)
			wrong++;
	}
	printf("%s %d of %d\n", vpoll_backend(fd), wrong, masks);
	return vpoll_close(fd);
}

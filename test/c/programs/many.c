/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* many COUNT: makes and closes so many vpolls, one after the other, and says what the last one was. */
#include <stdio.h>
#include <stdlib.h>
#include <vpoll.h>

int main(int argc, char *argv[])
{
	const char *backend = "none";

	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
		int fd = vpoll_create(0, 0);

		if (fd < 0)
			return 1;
		backend = vpoll_backend(fd);
		if (vpoll_close(fd) != 0)
			return 1;
	}
	puts(backend);
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The C library that vpoll is measured against, from C. On a kernel without its patch this is its emulator, a socketpair too.

#include "loops.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <vpoll.h>

enum { HELD_MAX = 65536 };

static int fd;
static int held[HELD_MAX];
static long held_count;

static void run_add_del_in(long count)
{
	for (long i = 0; i < count; i++) {
		must(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "ADD");
		must(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0, "DEL");
	}
}

static void run_create_close(long count)
{
	for (long i = 0; i < count; i++) {
		int one = vpoll_create(0, FD_CLOEXEC);

		must(one >= 0, "create");
		must(vpoll_close(one) == 0, "close");
	}
}

static void run_hold(long count)
{
	for (long i = 0; i < count && held_count < HELD_MAX; i++) {
		held[held_count] = vpoll_create(0, FD_CLOEXEC);
		must(held[held_count++] >= 0, "create");
	}
}

static const struct loop loops[] = {
	{ "add_del_in", run_add_del_in },
	{ "create_close", run_create_close },
	{ "hold", run_hold },
};

int main(void)
{
	fd = vpoll_create(0, FD_CLOEXEC);
	must(fd >= 0, "create");
	return serve(loops, sizeof loops / sizeof *loops);
}

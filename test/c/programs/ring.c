/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * ring: what a poll of io_uring completes with. It says two lines `BIT ASKED WOKEN THERE` for each bit of a vpoll: one for a poll that asks for all bits, and one for
 * a poll that asks for that bit alone. WOKEN is what a poll that waits completes with when the bit is added, or 0 where it sleeps on. THERE is what one completes with
 * that comes later.
 */
#include "../../../host/c/abi.h"
#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <vpoll.h>

/* How long a poll is waited for that may sleep on. */
enum { SLEEP_NS = 50000000 };

static void must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void arm(struct io_uring *ring, int fd, unsigned int asked)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_poll_add(sqe, fd, asked);
	must(io_uring_submit(ring) == 1, "io_uring_submit");
}

static unsigned int completion(struct io_uring *ring)
{
	struct __kernel_timespec timeout = { .tv_nsec = SLEEP_NS };
	struct io_uring_cqe *cqe;
	int result;

	if (io_uring_wait_cqe_timeout(ring, &cqe, &timeout) != 0)
		return 0;
	result = cqe->res;
	must(result > 0, "a poll of io_uring");
	io_uring_cqe_seen(ring, cqe);
	return (unsigned int)result;
}

static void measure(unsigned int bit, unsigned int asked)
{
	const int fd = vpoll_create(0, EFD_CLOEXEC);
	struct io_uring ring;
	unsigned int woken, there;

	must(fd >= 0, "vpoll_create");
	must(io_uring_queue_init(8, &ring, 0) == 0, "io_uring_queue_init");
	arm(&ring, fd, asked);
	must(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, bit) == 0, "vpoll_ctl");
	woken = completion(&ring);
	io_uring_queue_exit(&ring);
	must(io_uring_queue_init(8, &ring, 0) == 0, "io_uring_queue_init");
	arm(&ring, fd, asked);
	there = completion(&ring);
	io_uring_queue_exit(&ring);
	printf("%x %x %x %x\n", bit, asked, woken, there);
	must(vpoll_close(fd) == 0, "vpoll_close");
}

int main(void)
{
	for (unsigned int bit = 1; bit <= SETTABLE; bit <<= 1) {
		if (!(bit & SETTABLE))
			continue;
		measure(bit, SETTABLE);
		measure(bit, bit);
	}
	return 0;
}

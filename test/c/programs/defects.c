/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * defects N: what libvpoll 0.1 does wrong, each as a program would notice it. Ends with 0 where the library does it right, else with 1 and what it did.
 * A refusal (EOPNOTSUPP, EINVAL) that changes nothing is right: it is no pretence.
 */
#include "../../../host/c/abi.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vpoll.h>

static void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static unsigned int shown(int fd)
{
	struct pollfd it = { .fd = fd, .events = SETTABLE };

	if (poll(&it, 1, 0) < 0)
		wrong("poll: %s", strerror(errno));
	return (unsigned short)it.revents;
}

static int create(unsigned int events, int flags)
{
	int fd = vpoll_create(events, flags);

	if (fd < 0)
		wrong("create(%#x, %#x): %s", events, flags, strerror(errno));
	return fd;
}

/* A request that must not fail. */
static void must(int fd, int op, unsigned int events)
{
	if (vpoll_ctl(fd, op, events) < 0)
		wrong("ctl(%d, %#x): %s", op, events, strerror(errno));
}

/* A request after which `events` are as they were asked to be, or which is refused. */
static void honest(int fd, int op, unsigned int events)
{
	int is_on = op == VPOLL_CTL_ADDEVENTS;

	if (vpoll_ctl(fd, op, events) < 0) {
		if (errno != EOPNOTSUPP)
			wrong("ctl(%d, %#x): %s", op, events, strerror(errno));
	} else if (((shown(fd) & events) == events) != is_on) {
		wrong("ctl(%d, %#x) returned 0 and shows %#x", op, events, shown(fd));
	}
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void repeated_in(void)
{
	int fd = create(0, FD_CLOEXEC);

	for (int i = 0; i < 5; i++)
		must(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
	must(fd, VPOLL_CTL_DELEVENTS, EPOLLIN);
	if (shown(fd) & EPOLLIN)
		wrong("IN stays: %#x", shown(fd));
}

static void repeated_out(void)
{
	int fd = create(0, FD_CLOEXEC);

	for (int i = 0; i < 3; i++)
		must(fd, VPOLL_CTL_DELEVENTS, EPOLLOUT);
	must(fd, VPOLL_CTL_ADDEVENTS, EPOLLOUT);
	if (!(shown(fd) & EPOLLOUT))
		wrong("no OUT: %#x", shown(fd));
	for (int i = 0; i < 6; i++)
		must(fd, VPOLL_CTL_SETEVENTS, EPOLLIN);
	must(fd, VPOLL_CTL_SETEVENTS, 0);
	if (shown(fd))
		wrong("SET 0 shows %#x", shown(fd));
}

/* SIGPIPE has its default action here: to be killed by it is the defect. */
static void after_hangup(void)
{
	static const unsigned int ends[] = { EPOLLHUP | EPOLLIN | EPOLLRDHUP, EPOLLRDHUP | EPOLLIN };

	for (int i = 0; i < 2; i++) {
		int fd = create(0, FD_CLOEXEC);

		vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, ends[i]);
		vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
		vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLOUT);
		vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, 0);
		vpoll_close(fd);
	}
}

static void undone(void)
{
	int fd = create(0, FD_CLOEXEC);

	must(fd, VPOLL_CTL_ADDEVENTS, EPOLLHUP | EPOLLIN | EPOLLRDHUP);
	honest(fd, VPOLL_CTL_DELEVENTS, EPOLLHUP);
	if (vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, 0) == 0 && shown(fd))
		wrong("SET 0 returned 0 and shows %#x", shown(fd));
}

static void every_bit(void)
{
	for (unsigned int bit = 1; bit <= SETTABLE; bit <<= 1) {
		int fd;

		if (!(bit & SETTABLE))
			continue;
		fd = create(0, FD_CLOEXEC);
		honest(fd, VPOLL_CTL_ADDEVENTS, bit);
		vpoll_close(fd);
	}
}

static void created_with(void)
{
	int fd = vpoll_create(EPOLLOUT | EPOLLHUP, FD_CLOEXEC);

	if (fd < 0 && errno != EOPNOTSUPP)
		wrong("create: %s", strerror(errno));
	if (fd >= 0 && shown(fd) & EPOLLIN)
		wrong("create(OUT|HUP) shows %#x", shown(fd));
}

static atomic_int stop;
static long samples, both;

static void *observe(void *fd)
{
	while (!stop) {
		samples++;
		both += (shown(*(int *)fd) & (EPOLLIN | EPOLLOUT)) == (EPOLLIN | EPOLLOUT);
	}
	return NULL;
}

/*
 * poll(2) looks at IN first and at OUT later. One that is overtaken by a whole SET sees the old IN and the new OUT, whatever the library does. That
 * happens to a few in 100,000; a library that sets before it clears shows both to more than every tenth.
 */
static void set_to_and_fro(void)
{
	int fd = create(0, FD_CLOEXEC);
	pthread_t observer;

	must(fd, VPOLL_CTL_SETEVENTS, EPOLLOUT);
	if (pthread_create(&observer, NULL, observe, &fd))
		wrong("pthread_create");
	for (int i = 0; i < 100000; i++)
		must(fd, VPOLL_CTL_SETEVENTS, i & 1 ? EPOLLOUT : EPOLLIN);
	stop = 1;
	pthread_join(observer, NULL);
	if (both * 100 > samples)
		wrong("IN and OUT at once, in %ld of %ld polls", both, samples);
}

static void closed_by_close(void)
{
	int before, fd, ends[2], left = 0;

	/* What a library keeps for good, it has after its first vpoll. */
	vpoll_close(create(0, FD_CLOEXEC));
	before = descriptors();
	fd = create(EPOLLIN, FD_CLOEXEC);
	close(fd);
	if (pipe(ends) < 0 || ends[0] != fd)
		wrong("the number was not used again");
	if (write(ends[1], "abcdefgh", 8) != 8)
		wrong("write");
	if (vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0)
		wrong("ctl takes a pipe for a vpoll");
	if (ioctl(ends[0], FIONREAD, &left) < 0 || left != 8)
		wrong("%d of 8 bytes are left in the pipe", left);
	if (descriptors() != before + 2)
		wrong("%d descriptors more than the pipe's", descriptors() - before - 2);
}

static void bad_op(void)
{
	int fd = create(0, FD_CLOEXEC);

	if (vpoll_ctl(fd, 99, EPOLLIN) == 0 || errno != EINVAL)
		wrong("op 99 is taken");
	must(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
}

static void other_numbers(const char *self)
{
	int fd = create(0, 0), other = dup(fd);
	char number[16];

	if (vpoll_ctl(other, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0)
		wrong("ctl on a dup: %s", strerror(errno));
	snprintf(number, sizeof number, "%d", fd);
	execl(self, self, "exec", number, NULL);
	wrong("exec: %s", strerror(errno));
}

static void after_exec(int fd)
{
	if (shown(fd) & EPOLLHUP || !(shown(fd) & EPOLLIN))
		wrong("after exec: %#x", shown(fd));
}

static void flags(void)
{
	int fd;

	if (vpoll_create(0, 0x40000000) >= 0 || errno != EINVAL)
		wrong("a garbage flag is taken");
	fd = create(0, O_CLOEXEC);
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		wrong("O_CLOEXEC is ignored");
}

/* What only a kernel that holds the events shows. */
static void initial_events(void)
{
	int fd = create(EPOLLOUT | EPOLLPRI, FD_CLOEXEC);

	if (shown(fd) != (EPOLLOUT | EPOLLPRI))
		wrong("created with OUT and PRI, shows %#x", shown(fd));
}

static void own_bits(void)
{
	static const unsigned int own[] = { 0x4000, 1u << 27, 0x8000, 0x20, 1u << 31 };
	int fd = create(0, FD_CLOEXEC);

	for (int i = 0; i < 5; i++)
		if (vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, own[i]) == 0)
			wrong("%#x can be set", own[i]);
}

int main(int argc, char *argv[])
{
	static void (*const defects[])(void) = {
		[1] = repeated_in, [2] = repeated_out, [3] = after_hangup, [4] = undone, [5] = every_bit,
		[6] = created_with, [7] = set_to_and_fro, [8] = closed_by_close, [9] = bad_op, [11] = flags,
		[12] = initial_events, [13] = own_bits,
	};
	int number = argc > 1 ? atoi(argv[1]) : 0;

	if (argc > 2)
		after_exec(atoi(argv[2]));
	else if (number == 10)
		other_numbers(argv[0]);
	else if (number > 0 && number <= 13)
		defects[number]();
	else
		return 2;
	return 0;
}

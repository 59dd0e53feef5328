// SPDX-License-Identifier: LGPL-2.1-or-later

// The system calls that vpoll makes, each in the tightest loop that C has: the floor that nothing can beat.

#include "loops.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL, DRAIN = 16384 };

static int event_fd, pair[2];
static char room[DRAIN];

/* Through a pointer that the compiler can't see through: a call must remain a call. */
static int (*volatile abs_call)(int) = abs;

static void run_abs(long count)
{
	for (long i = 0; i < count; i++)
		abs_call(-1);
}

static void run_write(long count)
{
	const uint64_t one = 1;

	for (long i = 0; i < count; i++)
		must(write(event_fd, &one, sizeof one) == sizeof one, "write");
}

static void run_ioctl(long count)
{
	for (long i = 0; i < count; i++)
		must(ioctl(event_fd, FIOCLEX, 0) == 0, "ioctl");
}

static void run_send_recv(long count)
{
	for (long i = 0; i < count; i++) {
		must(send(pair[1], room, 1, FLAGS) == 1, "send");
		must(recv(pair[0], room, DRAIN, FLAGS) == 1, "recv");
	}
}

static void run_recv_empty(long count)
{
	for (long i = 0; i < count; i++)
		must(recv(pair[0], room, DRAIN, FLAGS) < 0, "recv");
}

static void run_fstat(long count)
{
	struct stat stat;

	for (long i = 0; i < count; i++)
		must(fstat(pair[0], &stat) == 0, "fstat");
}

static void run_poll(long count)
{
	struct pollfd one = { .fd = pair[0], .events = POLLIN };

	for (long i = 0; i < count; i++)
		must(poll(&one, 1, 0) == 0, "poll");
}

/* ADD and DEL of IN as the core does them for an object: the end that is sent to, or received from, is compared first. */
static void run_add_del_in(long count)
{
	struct stat stat;

	for (long i = 0; i < count; i++) {
		must(fstat(pair[1], &stat) == 0, "fstat");
		must(send(pair[1], room, 1, FLAGS) == 1, "send");
		must(fstat(pair[0], &stat) == 0, "fstat");
		must(recv(pair[0], room, DRAIN, FLAGS) == 1, "recv");
	}
}

static const struct loop loops[] = {
	{ "abs", run_abs },
	{ "write", run_write },
	{ "ioctl", run_ioctl },
	{ "send_recv", run_send_recv },
	{ "recv_empty", run_recv_empty },
	{ "fstat", run_fstat },
	{ "poll", run_poll },
	{ "add_del_in", run_add_del_in },
};

int main(void)
{
	event_fd = eventfd(0, EFD_CLOEXEC);
	must(event_fd >= 0, "eventfd");
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
	return serve(loops, sizeof loops / sizeof *loops);
}

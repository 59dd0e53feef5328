// SPDX-License-Identifier: LGPL-2.1-or-later

// The system calls that vpoll makes, each in the tightest loop that C has: the floor that nothing can beat.

#include "../host/c/abi.h"
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
/* Vpoll files, or -1 where this kernel has none. */
static int vpoll_eventfd, vpoll_device;
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

/* SET IN and SET OUT on a socketpair: the mask is asked for, and what goes away goes first. */
static void set_pair(int in)
{
	const int small = 0, large = 32768;
	struct pollfd one = { .fd = pair[0], .events = POLLIN | POLLOUT };
	struct stat stat;

	must(fstat(pair[0], &stat) == 0, "fstat");
	must(poll(&one, 1, 0) >= 0, "poll");
	must(fstat(pair[1], &stat) == 0, "fstat");
	if (!in)
		recv(pair[0], room, DRAIN, FLAGS);
	must(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, in ? &small : &large, sizeof small) == 0, "setsockopt");
	if (in)
		must(send(pair[1], room, 1, FLAGS) == 1, "send");
}

static void run_set_in_out(long count)
{
	for (long i = 0; i < count; i++) {
		set_pair(1);
		set_pair(0);
	}
}

/* A DEL of nothing. */
static void run_del(long count)
{
	struct stat stat;

	for (long i = 0; i < count; i++) {
		must(fstat(pair[0], &stat) == 0, "fstat");
		must(recv(pair[0], room, DRAIN, FLAGS) < 0, "recv");
	}
}

/* The ioctls of a vpoll file. */
enum { ADD = 0x5e01, DEL, SET };

static void file_add_del_in(int fd, long count)
{
	for (long i = 0; i < count; i++) {
		must(ioctl(fd, ADD, POLLIN) == POLLIN, "ADD");
		must(ioctl(fd, DEL, POLLIN) == 0, "DEL");
	}
}

static void file_set_in_out(int fd, long count)
{
	for (long i = 0; i < count; i++) {
		must(ioctl(fd, SET, POLLIN) == POLLIN, "SET");
		must(ioctl(fd, SET, POLLOUT) == POLLOUT, "SET");
	}
	must(ioctl(fd, SET, 0) == 0, "SET");
}

static void file_add(int fd, long count)
{
	for (long i = 0; i < count; i++)
		must(ioctl(fd, ADD, POLLIN) >= 0, "ADD");
	must(ioctl(fd, SET, 0) == 0, "SET");
}

static void file_del(int fd, long count)
{
	for (long i = 0; i < count; i++)
		must(ioctl(fd, DEL, POLLIN) == 0, "DEL");
}

#define ON_FILE(what, file) static void run_##file##_##what(long count) { file_##what(vpoll_##file, count); }
ON_FILE(add_del_in, eventfd)
ON_FILE(set_in_out, eventfd)
ON_FILE(add, eventfd)
ON_FILE(del, eventfd)
ON_FILE(add_del_in, device)
ON_FILE(set_in_out, device)
ON_FILE(add, device)
ON_FILE(del, device)

static const struct loop loops[] = {
	{ "abs", run_abs },
	{ "write", run_write },
	{ "ioctl", run_ioctl },
	{ "send_recv", run_send_recv },
	{ "recv_empty", run_recv_empty },
	{ "fstat", run_fstat },
	{ "poll", run_poll },
	{ "add_del_in", run_add_del_in },
	{ "socketpair_add_del_in", run_add_del_in },
	{ "socketpair_set_in_out", run_set_in_out },
	{ "socketpair_del", run_del },
	{ "eventfd_add_del_in", run_eventfd_add_del_in },
	{ "eventfd_set_in_out", run_eventfd_set_in_out },
	{ "eventfd_add", run_eventfd_add },
	{ "eventfd_del", run_eventfd_del },
	{ "device_add_del_in", run_device_add_del_in },
	{ "device_set_in_out", run_device_set_in_out },
	{ "device_add", run_device_add },
	{ "device_del", run_device_del },
};

int main(void)
{
	event_fd = eventfd(0, EFD_CLOEXEC);
	must(event_fd >= 0, "eventfd");
	vpoll_eventfd = eventfd(0, EFD_CLOEXEC | EFD_VPOLL);
	vpoll_device = open("/dev/vpoll", O_RDWR | O_CLOEXEC);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
	return serve(loops, sizeof loops / sizeof *loops);
}

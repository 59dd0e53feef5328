// SPDX-License-Identifier: LGPL-2.1-or-later

// libvpoll by its three functions: the same program, linked with Debian's library, runs with that and with ours. And the system calls that each makes on a
// socketpair, with nothing around them.

#define _GNU_SOURCE
#include "loops.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vpoll.h>

enum { HELD_MAX = 65536, THREADS = 4, QUIET = MSG_DONTWAIT | MSG_NOSIGNAL };

static int fd;
static int held[HELD_MAX];
static long held_count;
static int ends[2];
static char data[16384];

static void change(int one, int op, unsigned int events)
{
	must(vpoll_ctl(one, op, events) == 0, "ctl");
}

static void run_add_del_in(long count)
{
	for (long i = 0; i < count; i++) {
		change(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
		change(fd, VPOLL_CTL_DELEVENTS, EPOLLIN);
	}
}

static void run_add_del_out(long count)
{
	for (long i = 0; i < count; i++) {
		change(fd, VPOLL_CTL_ADDEVENTS, EPOLLOUT);
		change(fd, VPOLL_CTL_DELEVENTS, EPOLLOUT);
	}
}

static void run_set_in_out(long count)
{
	for (long i = 0; i < count; i++) {
		change(fd, VPOLL_CTL_SETEVENTS, EPOLLIN);
		change(fd, VPOLL_CTL_SETEVENTS, EPOLLOUT);
	}
	change(fd, VPOLL_CTL_SETEVENTS, 0);
}

static int make(void)
{
	int one = vpoll_create(0, FD_CLOEXEC);

	must(one >= 0, "create");
	return one;
}

static void run_create_close(long count)
{
	for (long i = 0; i < count; i++)
		must(vpoll_close(make()) == 0, "close");
}

static void run_hold(long count)
{
	for (long i = 0; i < count && held_count < HELD_MAX; i++)
		held[held_count++] = make();
}

static void *run_thread(void *count)
{
	int one = make();

	for (long i = 0; i < (long)count; i++) {
		change(one, VPOLL_CTL_ADDEVENTS, EPOLLIN);
		change(one, VPOLL_CTL_DELEVENTS, EPOLLIN);
	}
	must(vpoll_close(one) == 0, "close");
	return NULL;
}

/* As many pairs as the others, by four threads on a vpoll each. */
static void run_threads(long count)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, run_thread, (void *)(count / THREADS)) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run_our_in(long count)
{
	struct stat found;

	for (long i = 0; i < count; i++) {
		must(fstat(ends[0], &found) == 0 && fstat(ends[1], &found) == 0, "fstat");
		must(send(ends[1], data, 1, QUIET) == 1, "send");
		must(fstat(ends[0], &found) == 0, "fstat");
		must(recv(ends[0], data, sizeof data, QUIET) == 1, "recv");
	}
}

static void run_its_in(long count)
{
	for (long i = 0; i < count; i++) {
		must(write(ends[1], data, 1) == 1, "write");
		must(read(ends[0], data, 4) == 1, "read");
	}
}

static void run_our_out(long count)
{
	struct stat found;

	for (long i = 0; i < count; i++) {
		for (int size = 32768; size >= 0; size -= 32768) {
			must(fstat(ends[0], &found) == 0, "fstat");
			must(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0, "setsockopt");
		}
	}
}

static void run_its_out(long count)
{
	for (long i = 0; i < count; i++) {
		must(read(ends[1], data, 4) == 2, "read");
		must(write(ends[0], data, 1) == 1 && write(ends[0], data, 1) == 1, "write");
	}
}

static const struct loop loops[] = {
	{ "add_del_in", run_add_del_in },
	{ "add_del_out", run_add_del_out },
	{ "set_in_out", run_set_in_out },
	{ "create_close", run_create_close },
	{ "threads", run_threads },
	{ "hold", run_hold },
	{ "our_in", run_our_in },
	{ "its_in", run_its_in },
	{ "our_out", run_our_out },
	{ "its_out", run_its_out },
};

int main(void)
{
	fd = make();
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
	must(write(ends[0], data, 2) == 2, "write");
	return serve(loops, sizeof loops / sizeof *loops);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * seen ROUNDS WAY: reads changes, `FROM OP EVENTS` a line, and makes each ROUNDS times, on a vpoll of its own that shows FROM. Beside it a thread waits for IN alone, and as
 * often one that waits for all bits, by WAY: poll, select, level, edge, oneshot or uring. It says how often that thread saw each mask, by level once until another comes: `FROM
 * OP EVENTS INTEREST MASK COUNT`. select tells of IN, OUT and PRI, for what is readable, writable and exceptional.
 */
#include "../../../host/c/abi.h"
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <unistd.h>
#include <vpoll.h>

enum { MASKS = 0x4000 };

static int fd, stop, epfd;
static unsigned int interest, counts[MASKS];
static const char *way;
static struct io_uring ring;
static pthread_barrier_t barrier;

static void must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int is(const char *name)
{
	return strcmp(way, name) == 0;
}

static void add(int number, unsigned int events, int op)
{
	struct epoll_event event = { .events = events, .data.fd = number };

	must(epoll_ctl(epfd, op, number, &event) == 0, "epoll_ctl");
}

static unsigned int wanted(void)
{
	return interest | (is("edge") ? EPOLLET : 0) | (is("oneshot") ? EPOLLONESHOT : 0);
}

static void arm(int number, unsigned int events)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_poll_add(sqe, number, events);
	io_uring_sqe_set_data(sqe, (void *)(long)number);
	must(io_uring_submit(&ring) == 1, "io_uring_submit");
}

static void prepare(void)
{
	if (is("uring")) {
		must(io_uring_queue_init(8, &ring, 0) == 0, "io_uring_queue_init");
		arm(stop, POLLIN);
		arm(fd, interest);
	} else if (!is("poll") && !is("select")) {
		epfd = epoll_create1(EPOLL_CLOEXEC);
		add(stop, EPOLLIN, EPOLL_CTL_ADD);
		add(fd, wanted(), EPOLL_CTL_ADD);
	}
}

/* Waits once: what is seen of the vpoll; *is_over when it was told to stop. */
static unsigned int by_poll(int *is_over)
{
	struct pollfd both[] = { { .fd = fd, .events = (short)interest }, { .fd = stop, .events = POLLIN } };

	must(poll(both, 2, -1) > 0, "poll");
	*is_over = both[1].revents != 0;
	return (unsigned short)both[0].revents;
}

static unsigned int by_select(int *is_over)
{
	fd_set in, out, except;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(fd, &in);
	FD_SET(stop, &in);
	if (interest & POLLOUT)
		FD_SET(fd, &out);
	if (interest & POLLPRI)
		FD_SET(fd, &except);
	must(select((fd > stop ? fd : stop) + 1, &in, &out, &except, NULL) > 0, "select");
	*is_over = FD_ISSET(stop, &in);
	return (FD_ISSET(fd, &in) ? POLLIN : 0) | (FD_ISSET(fd, &out) ? POLLOUT : 0) | (FD_ISSET(fd, &except) ? POLLPRI : 0);
}

static unsigned int by_epoll(int *is_over)
{
	struct epoll_event all[2];
	unsigned int seen = 0;
	const int n = epoll_wait(epfd, all, 2, -1);

	for (int i = 0; i < n; i++) {
		if (all[i].data.fd == stop)
			*is_over = 1;
		else
			seen = all[i].events;
	}
	if (seen != 0 && is("oneshot"))
		add(fd, wanted(), EPOLL_CTL_MOD);
	return seen;
}

/* All that is complete; and once more what stands, so that being told to stop hides nothing that came before. */
static unsigned int by_uring(int *is_over)
{
	struct io_uring_cqe *cqe;
	unsigned int seen = 0;

	must(io_uring_wait_cqe(&ring, &cqe) == 0, "io_uring_wait_cqe");
	do {
		must(cqe->res >= 0, "a poll of io_uring");
		if ((long)io_uring_cqe_get_data(cqe) == stop)
			*is_over = 1;
		else
			seen = (unsigned int)cqe->res;
		io_uring_cqe_seen(&ring, cqe);
	} while (io_uring_peek_cqe(&ring, &cqe) == 0);
	if (!*is_over && seen == 0)
		return 0;
	arm(fd, interest);
	if (*is_over && io_uring_peek_cqe(&ring, &cqe) == 0)
		seen = (unsigned int)cqe->res;
	return seen;
}

static void *wait_for_it(void *arg)
{
	unsigned int last = 0;
	int is_over = 0;

	prepare();
	pthread_barrier_wait(&barrier);
	while (!is_over) {
		const unsigned int seen = is("poll") ? by_poll(&is_over) : is("select") ? by_select(&is_over) : is("uring") ? by_uring(&is_over) : by_epoll(&is_over);

		if (seen != 0 && seen != last)
			counts[seen & (MASKS - 1)]++;
		if (seen != 0)
			last = seen;
	}
	if (is("uring"))
		io_uring_queue_exit(&ring);
	else if (!is("poll") && !is("select"))
		close(epfd);
	return arg;
}

static void round_of(unsigned int from, int op, unsigned int events)
{
	const uint64_t one = 1;
	pthread_t waiter;

	fd = vpoll_create(from, EFD_CLOEXEC);
	stop = eventfd(0, EFD_CLOEXEC);
	must(fd >= 0 && stop >= 0, "vpoll_create");
	must(pthread_create(&waiter, NULL, wait_for_it, NULL) == 0, "pthread_create");
	pthread_barrier_wait(&barrier);
	must(vpoll_ctl(fd, op, events) == 0, "vpoll_ctl");
	must(write(stop, &one, sizeof(one)) == sizeof(one), "write");
	pthread_join(waiter, NULL);
	must(vpoll_close(fd) == 0, "vpoll_close");
	close(stop);
}

int main(int argc, char **argv)
{
	unsigned int from, events;
	int op;

	must(argc == 3 && pthread_barrier_init(&barrier, NULL, 2) == 0, "usage: seen ROUNDS WAY");
	way = argv[2];
	while (scanf("%x %d %x", &from, &op, &events) == 3) {
		for (int all = 0; all < 2; all++) {
			interest = all ? SETTABLE : POLLIN;
			memset(counts, 0, sizeof(counts));
			for (int i = 0; i < atoi(argv[1]); i++)
				round_of(from, op, events);
			for (unsigned int mask = 0; mask < MASKS; mask++) {
				if (counts[mask])
					printf("%x %d %x %x %x %u\n", from, op, events, interest, mask, counts[mask]);
			}
		}
	}
	return 0;
}

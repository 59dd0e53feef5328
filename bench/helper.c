/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The C side of helper.ts, by the three functions of libvpoll, whichever is loaded:
 *
 *     helper first                       prints the milliseconds from vpoll_create() to its return
 *     helper hold COUNT                  makes so many vpolls, prints `holds`, and waits for the end of its input
 *     helper ping KIND ROUNDS [PID]      IN from one thread to another and back, each asleep in epoll_wait(2): prints the nanoseconds of processor time a round, of
 *                                        this process and of PID, and the median and the 99.9th percentile of a round's duration
 *
 * KIND: `vpoll`, of libvpoll; `bytes` over socketpairs; `eventfd`; or a path, each open of which is a vpoll. PID 0: the newest process that runs VPOLL_BENCH_HELPER.
 */
#define _GNU_SOURCE
#include "loops.h"
#include "processor.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vpoll.h>

enum { WARM = 200 };

static const char *kind;
static long rounds;
/* Of each direction what is polled, and the other end of it. */
static int there[2], back[2];

static int is(const char *what)
{
	return strcmp(kind, what) == 0;
}

static void make(int *ends)
{
	if (is("bytes"))
		return must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	ends[0] = is("vpoll") ? vpoll_create(0, 0) : is("eventfd") ? eventfd(0, 0) : open(kind, O_RDWR);
	must(ends[0] >= 0, kind);
}

static void change(const int *ends, int asserted)
{
	uint64_t word = 1;

	if (is("vpoll"))
		must(vpoll_ctl(ends[0], asserted ? VPOLL_CTL_ADDEVENTS : VPOLL_CTL_DELEVENTS, EPOLLIN) == 0, "vpoll_ctl");
	else if (is("bytes"))
		must((asserted ? write(ends[1], &word, 1) : read(ends[0], &word, 1)) == 1, "byte");
	else if (is("eventfd"))
		must((asserted ? write(ends[0], &word, 8) : read(ends[0], &word, 8)) == 8, "eventfd");
	else
		must(ioctl(ends[0], _IO('^', asserted ? 1 : 2), EPOLLIN) >= 0, "ioctl");
}

static int set_of(const int *ends)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0);

	must(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0, "epoll_ctl");
	return set;
}

static void wait_for(int set)
{
	struct epoll_event event;

	must(epoll_wait(set, &event, 1, -1) == 1, "epoll_wait");
}

static void *echo(void *unused)
{
	int set = set_of(there);

	for (long i = 0; i < rounds + WARM; i++) {
		wait_for(set);
		change(there, 0);
		change(back, 1);
	}
	return unused;
}

static int compare(const void *a, const void *b)
{
	long long left = *(const long long *)a, right = *(const long long *)b;

	return left < right ? -1 : left > right;
}

static int ping(int pid)
{
	pthread_t thread;
	long long *took = calloc(rounds, sizeof *took), before = 0;
	int set;

	make(there);
	make(back);
	set = set_of(back);
	if (pid == 0)
		pid = newest();
	must(took && pthread_create(&thread, NULL, echo, NULL) == 0, "pthread_create");
	for (long i = -WARM; i < rounds; i++) {
		long long start = now_ns();

		if (i == 0)
			before = spent_ns(pid);
		change(there, 1);
		wait_for(set);
		change(back, 0);
		if (i >= 0)
			took[i] = now_ns() - start;
	}
	before = spent_ns(pid) - before;
	pthread_join(thread, NULL);
	qsort(took, rounds, sizeof *took, compare);
	printf("%lld %lld %lld\n", before / rounds, took[rounds / 2], took[rounds - 1 - rounds / 1000]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long long start = now_ns();

	if (!strcmp(what, "first")) {
		must(vpoll_create(0, 0) >= 0, "vpoll_create");
		printf("%f\n", (now_ns() - start) / 1e6);
		return 0;
	}
	if (!strcmp(what, "hold") && argc == 3) {
		for (long i = atol(argv[2]); i > 0; i--)
			must(vpoll_create(0, 0) >= 0, "vpoll_create");
		printf("%d\n", newest());
		fflush(stdout);
		return getchar() == EOF ? 0 : 1;
	}
	must(!strcmp(what, "ping") && argc >= 4, "arguments");
	kind = argv[2];
	rounds = atol(argv[3]);
	return ping(argc > 4 ? atoi(argv[4]) : -1);
}

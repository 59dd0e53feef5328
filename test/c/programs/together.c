/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * together ROUNDS: reads pairs of changes, `FROM EVENTS EVENTS` a line, and makes each ROUNDS times, on a vpoll of its own that shows FROM. One process adds the first events,
 * and another the others in the same moment. Beside them a thread waits for all bits, by edge. It says how often that thread saw each mask, and how often each was there at the
 * end: `FROM EVENTS EVENTS seen|end MASK COUNT`.
 */
#include "../../../host/c/abi.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vpoll.h>

/* BATCH: vpolls at a time, each of which takes two descriptors. */
enum { MASKS = 0x4000, BATCH = 200 };

static int fds[BATCH], stop, epfd;
static unsigned int seen[MASKS], end[MASKS];
/* In memory that both processes share: how far the second one is, and when the first one has said that both are to begin, with which round. */
struct meeting {
	atomic_int arrived, round;
	uint64_t start_ns;
};
static struct meeting *meeting;

static void must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

static void watch(int number, int index, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = index };

	must(epoll_ctl(epfd, EPOLL_CTL_ADD, number, &event) == 0, "epoll_ctl");
}

static void *wait_for_it(void *arg)
{
	unsigned int last[BATCH] = { 0 };
	int is_over = 0;

	while (!is_over) {
		struct epoll_event all[8];
		const int n = epoll_wait(epfd, all, 8, -1);

		for (int i = 0; i < n; i++) {
			if (all[i].data.fd == BATCH) {
				is_over = 1;
			} else if (all[i].events != last[all[i].data.fd]) {
				last[all[i].data.fd] = all[i].events;
				seen[all[i].events & (MASKS - 1)]++;
			}
		}
	}
	return arg;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Returns in both processes in the same moment, but for what the first one comes later by, which differs from round to round. */
static void meet(int who, int round)
{
	uint64_t start_ns;

	if (who == 0) {
		while (atomic_load(&meeting->arrived) < round)
			sched_yield();
		meeting->start_ns = now_ns() + 20000;
		atomic_store(&meeting->round, round);
	} else {
		atomic_store(&meeting->arrived, round);
		while (atomic_load(&meeting->round) < round)
			sched_yield();
	}
	start_ns = meeting->start_ns + (who == 0 ? (uint64_t)(round % 60) * 1000 : 5000);
	while (now_ns() < start_ns)
		;
}

/* Adds `events` to each, as the other process does in the same moment. */
static void add(int who, unsigned int events)
{
	must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
	for (int i = 0; i < BATCH; i++) {
		meet(who, i + 1);
		must(vpoll_ctl(fds[i], VPOLL_CTL_ADDEVENTS, events) == 0, "vpoll_ctl");
	}
	_exit(0);
}

static void batch(unsigned int from, const unsigned int *events)
{
	const uint64_t one = 1;
	pthread_t waiter;
	int status;

	epfd = epoll_create1(EPOLL_CLOEXEC);
	stop = eventfd(0, EFD_CLOEXEC);
	watch(stop, BATCH, EPOLLIN);
	for (int i = 0; i < BATCH; i++) {
		fds[i] = vpoll_create(from, EFD_CLOEXEC);
		must(fds[i] >= 0, "vpoll_create");
		watch(fds[i], i, SETTABLE | EPOLLET);
	}
	memset(meeting, 0, sizeof(*meeting));
	for (int who = 0; who < 2; who++) {
		const pid_t child = fork();

		must(child >= 0, "fork");
		if (child == 0)
			add(who, events[who]);
	}
	must(pthread_create(&waiter, NULL, wait_for_it, NULL) == 0, "pthread_create");
	for (int who = 0; who < 2; who++)
		must(wait(&status) > 0 && status == 0, "a process that adds");
	must(write(stop, &one, sizeof(one)) == sizeof(one), "write");
	pthread_join(waiter, NULL);
	for (int i = 0; i < BATCH; i++) {
		struct pollfd shown = { .fd = fds[i], .events = SETTABLE };

		must(poll(&shown, 1, 0) >= 0, "poll");
		end[shown.revents & (MASKS - 1)]++;
		must(vpoll_close(fds[i]) == 0, "vpoll_close");
	}
	close(stop);
	close(epfd);
}

int main(int argc, char **argv)
{
	unsigned int from, events[2];

	meeting = mmap(NULL, sizeof(*meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(argc == 2 && meeting != MAP_FAILED, "usage: together ROUNDS");
	while (scanf("%x %x %x", &from, &events[0], &events[1]) == 3) {
		memset(seen, 0, sizeof(seen));
		memset(end, 0, sizeof(end));
		for (int i = 0; i < atoi(argv[1]); i += BATCH)
			batch(from, events);
		for (unsigned int mask = 0; mask < MASKS; mask++) {
			if (seen[mask])
				printf("%x %x %x seen %x %u\n", from, events[0], events[1], mask, seen[mask]);
			if (end[mask])
				printf("%x %x %x end %x %u\n", from, events[0], events[1], mask, end[mask]);
		}
	}
	return 0;
}

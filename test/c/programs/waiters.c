/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * waiters ROUNDS: threads that are blocked on one vpoll each: in poll(2), ppoll(2), select(2), pselect(2), and in epoll_wait(2) by level, by edge and EPOLLONESHOT.
 * Four more share one vpoll by EPOLLEXCLUSIVE. Each round wakes them all by an ADD; they answer by a DEL on the vpoll that is theirs. A wake-up that is lost hangs.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <vpoll.h>

enum { WAYS = 7, CROWD = 4 };

static int rounds;
static int fds[WAYS], answers[WAYS], crowd, crowd_answer;
static pthread_mutex_t crowd_lock = PTHREAD_MUTEX_INITIALIZER;

static void must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void by_poll(int fd)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };

	must(poll(&it, 1, -1) == 1 && it.revents == POLLIN, "poll");
}

static void by_ppoll(int fd)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };

	must(ppoll(&it, 1, NULL, NULL) == 1 && it.revents == POLLIN, "ppoll");
}

static void by_select(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	must(select(fd + 1, &set, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &set), "select");
}

static void by_pselect(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	must(pselect(fd + 1, &set, NULL, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &set), "pselect");
}

static int epoll_of(int fd, unsigned int options)
{
	struct epoll_event event = { .events = EPOLLIN | options };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	must(epfd >= 0 && epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	return epfd;
}

static void wait_for(int epfd)
{
	struct epoll_event event;

	must(epoll_wait(epfd, &event, 1, -1) == 1 && event.events == EPOLLIN, "epoll_wait");
}

static void *wait_by(void *number)
{
	static const unsigned int options[WAYS] = { [5] = EPOLLET, [6] = EPOLLONESHOT };
	int way = (int)(long)number, fd = fds[way], epfd = way >= 4 ? epoll_of(fd, options[way]) : -1;
	struct epoll_event again = { .events = EPOLLIN | options[way] };

	for (int i = 0; i < rounds; i++) {
		if (way == 0)
			by_poll(fd);
		else if (way == 1)
			by_ppoll(fd);
		else if (way == 2)
			by_select(fd);
		else if (way == 3)
			by_pselect(fd);
		else
			wait_for(epfd);
		must(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0, "DEL");
		if (way == 6)
			must(epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &again) == 0, "again");
		must(vpoll_ctl(answers[way], VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "answer");
	}
	return NULL;
}

/* The first of the crowd answers. The last round is for all of them. */
static void *wait_in_crowd(void *none)
{
	int epfd = epoll_of(crowd, EPOLLEXCLUSIVE);

	for (;;) {
		struct epoll_event event;
		struct pollfd it = { .fd = crowd, .events = POLLIN | POLLOUT };

		must(epoll_wait(epfd, &event, 1, -1) == 1, "crowd");
		pthread_mutex_lock(&crowd_lock);
		must(poll(&it, 1, 0) >= 0, "poll");
		if (it.revents == POLLIN) {
			must(vpoll_ctl(crowd, VPOLL_CTL_SETEVENTS, 0) == 0, "SET 0");
			must(vpoll_ctl(crowd_answer, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "answer");
		}
		pthread_mutex_unlock(&crowd_lock);
		if (it.revents & POLLOUT) {
			/* One wake-up is for one of them: pass it on. */
			must(vpoll_ctl(crowd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "pass on");
			return none;
		}
	}
}

static void take_answer(int fd)
{
	by_poll(fd);
	must(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0, "take");
}

static int make(void)
{
	int fd = vpoll_create(0, FD_CLOEXEC);

	must(fd >= 0, "create");
	return fd;
}

int main(int argc, char *argv[])
{
	pthread_t threads[WAYS + CROWD];

	rounds = argc > 1 ? atoi(argv[1]) : 1;
	crowd = make();
	crowd_answer = make();
	for (long i = 0; i < WAYS; i++) {
		fds[i] = make();
		answers[i] = make();
		must(pthread_create(&threads[i], NULL, wait_by, (void *)i) == 0, "pthread_create");
	}
	for (int i = 0; i < CROWD; i++)
		must(pthread_create(&threads[WAYS + i], NULL, wait_in_crowd, NULL) == 0, "pthread_create");
	for (int i = 0; i < rounds; i++) {
		for (int way = 0; way < WAYS; way++)
			must(vpoll_ctl(fds[way], VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "ADD");
		must(vpoll_ctl(crowd, VPOLL_CTL_SETEVENTS, EPOLLIN) == 0, "SET");
		for (int way = 0; way < WAYS; way++)
			take_answer(answers[way]);
		take_answer(crowd_answer);
	}
	must(vpoll_ctl(crowd, VPOLL_CTL_SETEVENTS, EPOLLIN | EPOLLOUT) == 0, "the end");
	for (int i = 0; i < WAYS + CROWD; i++)
		must(pthread_join(threads[i], NULL) == 0, "pthread_join");
	return 0;
}

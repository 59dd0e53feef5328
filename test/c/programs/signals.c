/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * signals DONE DEADLK: a handler changes one vpoll while the program changes another, and allocates. That goes on until the handler's change was made DONE times and refused
 * with EDEADLK DEADLK times; never, where DEADLK is 0. Prints nothing, and ends with 0, where all went well: no deadlock, no other error, and errno of the interrupted
 * program untouched.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>
#include <vpoll.h>

static int in_handler;
static volatile sig_atomic_t done, refused, other;

static void handle(int signal)
{
	int before = errno;

	(void)signal;
	if (vpoll_ctl(in_handler, done & 1 ? VPOLL_CTL_DELEVENTS : VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0)
		done++;
	else if (errno == EDEADLK)
		refused++;
	else
		other = errno;
	errno = before;
}

int main(int argc, char *argv[])
{
	/* A prime number of microseconds: no rhythm of the program's own. */
	struct itimerval often = { .it_interval.tv_usec = 211, .it_value.tv_usec = 211 };
	int fd = vpoll_create(0, FD_CLOEXEC);

	in_handler = vpoll_create(0, FD_CLOEXEC);
	if (argc < 3 || fd < 0 || in_handler < 0)
		return 2;
	signal(SIGALRM, handle);
	setitimer(ITIMER_REAL, &often, NULL);
	while (!other && (done < atoi(argv[1]) || refused < atoi(argv[2]))) {
		errno = 4711;
		if (vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 || vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) < 0) {
			printf("interrupted: %s\n", strerror(errno));
			return 1;
		}
		if (errno != 4711) {
			printf("errno of a call that succeeded: %d\n", errno);
			return 1;
		}
		free(malloc(100));
	}
	signal(SIGALRM, SIG_IGN);
	if (refused && !atoi(argv[2]))
		other = EDEADLK;
	if (other)
		printf("in the handler: %s\n", strerror(other));
	return vpoll_close(fd) == 0 && vpoll_close(in_handler) == 0 && !other ? 0 : 1;
}

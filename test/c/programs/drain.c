/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * drain COUNT: has a vpoll that a thread waits for, says so, and waits for SIGTERM. Then it makes so many changes more, as a service does that drains its connections.
 * The thread must see each as it is, and none may fail.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vpoll.h>

static int fd;
static int answers[2];

/* Tells of each wake-up, with all that it saw: ERR and HUP, which nobody can refuse, too. */
static void *wait_for_events(void *unused)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	const int set = epoll_create1(0);

	(void)unused;
	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0)
		exit(3);
	while (epoll_wait(set, &event, 1, -1) == 1) {
		if (write(answers[1], &event.events, sizeof event.events) != sizeof event.events)
			exit(3);
	}
	exit(3);
}

int main(int argc, char *argv[])
{
	long count = argc > 1 ? atol(argv[1]) : 1;
	pthread_t thread;
	sigset_t term;
	int signal;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	fd = vpoll_create(0, 0);
	if (fd < 0 || pipe(answers) < 0 || pthread_create(&thread, NULL, wait_for_events, NULL) != 0) {
		perror("vpoll_create");
		return 1;
	}
	printf("%s\n", vpoll_backend(fd));
	fflush(stdout);
	sigwait(&term, &signal);
	for (long i = 0; i < count; i++) {
		uint32_t seen = 0;

		if (vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0) {
			perror("vpoll_ctl");
			return 1;
		}
		if (read(answers[0], &seen, sizeof seen) != sizeof seen || seen != EPOLLIN) {
			printf("it saw %#x\n", seen);
			return 1;
		}
		if (vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) < 0) {
			perror("vpoll_ctl");
			return 1;
		}
	}
	printf("drained\n");
	return 0;
}

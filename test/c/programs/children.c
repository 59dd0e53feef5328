/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * What a program that looks after its children sees of a helper that is started: nothing. It counts SIGCHLD, and a thread of it reaps whatever ends.
 * `children ignored` has SIGCHLD ignored instead, and no thread. Runs with VPOLL_BACKEND=fuse.
 */
#include "must.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vpoll.h>

static atomic_int signals, reaped;
static pid_t last;

static void count(int signal)
{
	(void)signal;
	atomic_fetch_add(&signals, 1);
}

/* Ends when it has reaped the one child that the program has made. */
static void *reap(void *child)
{
	for (;;) {
		const pid_t pid = waitpid(-1, NULL, 0);

		if (pid < 0 && errno == EINTR)
			continue;
		MUST(pid > 0);
		if (pid == *(pid_t *)child)
			return NULL;
		last = pid;
		atomic_fetch_add(&reaped, 1);
	}
}

static void pause_ms(long ms)
{
	struct timespec some = { .tv_nsec = ms * 1000000 };

	while (nanosleep(&some, &some) < 0 && errno == EINTR)
		;
}

static void make(int count)
{
	for (int i = 0; i < count; i++) {
		const int fd = vpoll_create(EPOLLPRI, 0);

		MUST(fd >= 0 && strcmp(vpoll_backend(fd), "fuse") == 0);
		MUST(vpoll_events(fd) == EPOLLPRI);
		/* The next one starts a helper again: the number of what was lent is another file's. */
		MUST(vpoll_close(fd) == 0);
		for (int other = 3; other < 32; other++)
			close(other);
	}
}

static void ignored(void)
{
	signal(SIGCHLD, SIG_IGN);
	make(8);
	errno = 0;
	MUST(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	errno = 0;
	MUST(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

int main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = count };
	pthread_t thread;
	pid_t child;
	int ends[2];

	(void)argv;
	if (argc > 1) {
		ignored();
		return 0;
	}
	MUST(sigaction(SIGCHLD, &action, NULL) == 0);
	MUST(pipe(ends) == 0);
	child = fork();
	if (child == 0) {
		char byte;

		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	MUST(dup2(ends[1], 40) == 40);
	MUST(pthread_create(&thread, NULL, reap, &child) == 0);
	make(8);
	/* What came late. */
	pause_ms(50);
	MUST(signals == 0);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	MUST(pthread_join(thread, NULL) == 0);
	if (reaped)
		printf("it has reaped %d, the last one %d\n", reaped, last);
	MUST(reaped == 0 && signals == 1);
	return 0;
}

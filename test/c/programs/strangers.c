/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * What a supervisor sees whose child has a helper: it adopts orphans (PR_SET_CHILD_SUBREAPER) and waits for all. Prints how many that it hasn't made ended while the
 * vpoll was open, and how many after that.
 */
#include "must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vpoll.h>

/* Makes a vpoll, says so, and keeps it until it is told to end. */
static void work(int said, int told)
{
	const int fd = vpoll_create(EPOLLHUP, 0);
	char byte = 0;

	MUST(fd >= 0 && strcmp(vpoll_backend(fd), "fuse") == 0);
	MUST(write(said, &byte, 1) == 1);
	MUST(read(told, &byte, 1) == 1);
	_exit(0);
}

int main(void)
{
	/* What is orphaned late. */
	const struct timespec some = { .tv_nsec = 100000000 };
	int said[2], told[2], before = 0, after = 0;
	pid_t child, pid;
	char byte = 0;

	MUST(pipe(said) == 0 && pipe(told) == 0);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	child = fork();
	MUST(child >= 0);
	if (child == 0)
		work(said[1], told[0]);
	MUST(read(said[0], &byte, 1) == 1);
	nanosleep(&some, NULL);
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		before++;
	MUST(pid == 0 && write(told[1], &byte, 1) == 1);
	while ((pid = waitpid(-1, NULL, 0)) > 0)
		after += pid != child;
	MUST(errno == ECHILD);
	printf("%d %d\n", before, after);
	return 0;
}

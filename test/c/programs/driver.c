/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Does what its standard input says, a command a line, and answers each with a line: the three functions of libvpoll 0.1, and what a program sees that polls. Knows
 * nothing newer, so that it can be linked with Debian's library.
 */
#include "../../../host/c/abi.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vpoll.h>

static int epfd;

static void answer(long result)
{
	if (result < 0)
		printf("-1 %d\n", errno);
	else
		printf("%ld\n", result);
}

/* What poll(2) shows of all bits. */
static void show(int fd)
{
	struct pollfd it = { .fd = fd, .events = SETTABLE };

	if (poll(&it, 1, 0) < 0)
		answer(-1);
	else
		printf("%#x\n", it.revents);
}

static void watch(int fd)
{
	struct epoll_event event = { .events = SETTABLE | EPOLLET };

	answer(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event));
}

/* What the one descriptor that is watched by edge reports now. */
static void edge(void)
{
	struct epoll_event event = { 0 };
	int n = epoll_wait(epfd, &event, 1, 0);

	if (n < 0)
		answer(-1);
	else
		printf("%#x\n", n ? event.events : 0);
}

/* Descriptors that are open here, without the one that looks. */
static void count(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = -1;

	if (!folder) {
		answer(-1);
		return;
	}
	for (struct dirent *each; (each = readdir(folder));)
		if (each->d_name[0] != '.')
			n++;
	closedir(folder);
	answer(n);
}

/* The same request, from a child. */
static void child(int fd, int op, unsigned int events)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(vpoll_ctl(fd, op, events) == 0 ? 0 : errno);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		answer(-1);
	else
		printf("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void pipe_of(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		answer(-1);
	else
		printf("%d %d\n", ends[0], ends[1]);
}

/* Bytes that wait to be read. */
static void waiting(int fd)
{
	int n;

	answer(ioctl(fd, FIONREAD, &n) < 0 ? -1 : n);
}

static void run(const char *name, long a, long b, long c)
{
	if (!strcmp(name, "create"))
		answer(vpoll_create(a, b));
	else if (!strcmp(name, "ctl"))
		answer(vpoll_ctl(a, b, c));
	else if (!strcmp(name, "close"))
		answer(vpoll_close(a));
	else if (!strcmp(name, "show"))
		show(a);
	else if (!strcmp(name, "watch"))
		watch(a);
	else if (!strcmp(name, "edge"))
		edge();
	else if (!strcmp(name, "count"))
		count();
	else if (!strcmp(name, "child"))
		child(a, b, c);
	else if (!strcmp(name, "pipe"))
		pipe_of();
	else if (!strcmp(name, "put"))
		answer(write(a, "x", 1));
	else if (!strcmp(name, "waiting"))
		waiting(a);
	else if (!strcmp(name, "dup"))
		answer(dup(a));
	else if (!strcmp(name, "dup2"))
		answer(dup2(a, b));
	else if (!strcmp(name, "rawclose"))
		answer(close(a));
	else if (!strcmp(name, "root"))
		answer(chdir("/"));
	else if (!strcmp(name, "flags"))
		printf("%d %#x\n", fcntl(a, F_GETFD), fcntl(a, F_GETFL) & O_NONBLOCK);
	else
		exit(2);
}

int main(void)
{
	char line[256], name[16];

	/* What others have left open: the tests name descriptors by number. */
	closefrom(3);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	while (fgets(line, sizeof line, stdin)) {
		long a = 0, b = 0, c = 0;

		if (sscanf(line, "%15s %li %li %li", name, &a, &b, &c) < 1)
			return 2;
		run(name, a, b, c);
	}
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * swept BACKEND WORD: what a daemon does to its descriptors, close_range(3, ~0, 0), and what is left of vpolls then. The word is
 *
 *     here             in this process: each call on an old number is EBADF, whatever has that number now, which stays as it is; the next vpoll is as the first
 *     child            in a child that executes a program, in one that makes vpolls of its own, and in one that stays: the parent's are as they were
 *
 * Runs with VPOLL_BACKEND=BACKEND.
 */
#include "../../../host/c/abi.h"
#include "must.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vpoll.h>

enum { VPOLLS = 4, STRANGERS = 40 };

static const char *backend;

/* Before Linux 5.9 one by one. */
static void sweep(void)
{
	if (syscall(SYS_close_range, 3, ~0u, 0) == 0)
		return;
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

static int shows(int fd)
{
	struct pollfd it = { .fd = fd, .events = SETTABLE };

	MUST(poll(&it, 1, 0) >= 0);
	return it.revents;
}

static int make(unsigned int events)
{
	const int fd = vpoll_create(events, 0);

	MUST(fd >= 0 && strcmp(vpoll_backend(fd), backend) == 0 && (vpoll_events(fd) & events) == events);
	return fd;
}

static void works(int fd)
{
	MUST(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0 && shows(fd) & EPOLLIN);
	MUST(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0 && !(shows(fd) & EPOLLIN));
}

/* Every call on what is no vpoll. */
static void is_none(int fd)
{
	for (int op = VPOLL_CTL_ADDEVENTS; op <= VPOLL_CTL_SETEVENTS; op++) {
		errno = 0;
		MUST(vpoll_ctl(fd, op, EPOLLIN | EPOLLOUT) == -1 && errno == EBADF);
	}
	errno = 0;
	MUST(vpoll_events(fd) == -1 && errno == EBADF);
	errno = 0;
	MUST(vpoll_supports(fd, EPOLLIN) == -1 && errno == EBADF);
	errno = 0;
	MUST(vpoll_backend(fd) == NULL && errno == EBADF);
	errno = 0;
	MUST(vpoll_close(fd) == -1 && errno == EBADF);
}

/* Connected TCP sockets, which is what the library's own are on one backend. */
static void connect_pair(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	const int listener = socket(AF_INET, SOCK_STREAM, 0);

	MUST(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	MUST(connect(pair[0], (struct sockaddr *)&address, size) == 0);
	pair[1] = accept(listener, NULL, NULL);
	MUST(pair[1] >= 0 && close(listener) == 0);
}

struct stranger {
	int fd, shown;
	struct stat is;
};

/* Takes every number that was a vpoll's or the library's, by files of each kind that a carrier of ours may be taken for. */
static void take_numbers(struct stranger *strangers)
{
	for (int i = 0; i < STRANGERS; i += 8) {
		int fds[8];

		MUST(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, fds + 2) == 0);
		connect_pair(fds + 4);
		fds[6] = eventfd(1, EFD_NONBLOCK);
		fds[7] = open("/dev/null", O_RDWR);
		MUST(fds[6] >= 0 && fds[7] >= 0);
		MUST(write(fds[1], "it", 2) == 2 && write(fds[2], "it", 2) == 2 && write(fds[4], "it", 2) == 2);
		for (int j = 0; j < 8; j++)
			strangers[i + j].fd = fds[j];
	}
	for (int i = 0; i < STRANGERS; i++) {
		MUST(fstat(strangers[i].fd, &strangers[i].is) == 0);
		strangers[i].shown = shows(strangers[i].fd);
	}
}

static void are_as_before(const struct stranger *strangers)
{
	for (const struct stranger *each = strangers; each < strangers + STRANGERS; each++) {
		struct stat now;

		MUST(fstat(each->fd, &now) == 0);
		MUST(now.st_ino == each->is.st_ino && now.st_dev == each->is.st_dev && now.st_mode == each->is.st_mode);
		MUST(shows(each->fd) == each->shown);
	}
}

static void here(void)
{
	struct stranger strangers[STRANGERS];
	int fds[VPOLLS], again[VPOLLS];

	for (int i = 0; i < VPOLLS; i++)
		fds[i] = make(EPOLLIN);
	sweep();
	for (int i = 0; i < VPOLLS; i++)
		is_none(fds[i]);
	/* Nothing is known of what was, and nothing was closed twice. */
	for (int i = 0; i < VPOLLS; i++) {
		again[i] = make(EPOLLIN);
		works(again[i]);
	}
	/* And once more, with other files in every place. */
	sweep();
	take_numbers(strangers);
	for (int i = 0; i < STRANGERS; i++)
		is_none(strangers[i].fd);
	are_as_before(strangers);
	for (int i = 0; i < VPOLLS; i++) {
		again[i] = make(EPOLLIN);
		works(again[i]);
	}
	for (int i = 0; i < VPOLLS; i++)
		MUST(vpoll_close(again[i]) == 0);
	are_as_before(strangers);
}

/* Starts a child that does that, and ends by the number that it returns; -1: it stays. */
static pid_t start(int (*does)(int fd), int fd)
{
	const pid_t pid = fork();

	MUST(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = does(fd);
	while (fd < 0)
		pause();
	fflush(stdout);
	_exit(fd);
}

static int execute(int fd)
{
	(void)fd;
	sweep();
	execl("/bin/true", "true", NULL);
	return 1;
}

static int make_own(int fd)
{
	sweep();
	is_none(fd);
	for (int i = 0; i < VPOLLS; i++)
		works(make(EPOLLIN));
	return 0;
}

static int stay(int fd)
{
	sweep();
	is_none(fd);
	return -1;
}

/* It is made before the children, and has an edge for each change meanwhile. */
static void child(void)
{
	static int (*const doings[])(int) = { execute, make_own, stay };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	const int set = epoll_create1(0), fd = make(0);
	pid_t pid = 0;
	int status;

	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
	for (int i = 0; i < 3; i++) {
		pid = start(doings[i], fd);
		for (int j = 0; j < 200; j++) {
			works(fd);
			MUST(epoll_wait(set, &event, 1, 0) == 0);
			MUST(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0);
			MUST(epoll_wait(set, &event, 1, 1000) == 1 && (event.events & ~EPOLLRDNORM) == EPOLLIN);
			MUST(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) == 0);
		}
		if (i < 2)
			MUST(waitpid(pid, &status, 0) == pid && status == 0);
		works(fd);
	}
	/* Another one is made beside it, and both are closed, while the last child stays. */
	works(make(EPOLLIN));
	MUST(vpoll_close(fd) == 0);
	works(make(EPOLLIN));
	MUST(waitpid(pid, &status, WNOHANG) == 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
}

int main(int argc, char *argv[])
{
	MUST(argc == 3);
	backend = argv[1];
	if (strcmp(argv[2], "here") == 0)
		here();
	else
		child();
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * helper PROGRAM: what the helper of the fuse backend, which is that program, has and has not of this process. And what is left when it dies or when this process
 * closes all its descriptors. Runs with VPOLL_BACKEND=fuse.
 */
#include "../../../host/c/abi.h"
#include "process.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vpoll.h>

static const char *program;

static int entries(pid_t pid, const char *what)
{
	char path[64];
	DIR *folder;
	int n = -2;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
	folder = opendir(path);
	MUST(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static int has_environment(pid_t pid)
{
	char path[64], byte;
	int fd, n;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY);
	MUST(fd >= 0);
	n = read(fd, &byte, 1);
	close(fd);
	return n != 0;
}

static void pause_ms(long ms)
{
	struct timespec some = { .tv_nsec = ms * 1000000 };

	nanosleep(&some, NULL);
}

static int shows(int fd)
{
	struct pollfd it = { .fd = fd, .events = SETTABLE };

	MUST(poll(&it, 1, 0) >= 0);
	return it.revents;
}

/* It lets go of what it was not meant to have some time after the first vpoll is there. */
static void is_alone(pid_t pid)
{
	while (entries(pid, "fd") != 1)
		pause_ms(1);
	MUST(!has_environment(pid));
	MUST(getsid(pid) != getsid(0));
	/* It is nobody's child here. */
	errno = 0;
	MUST(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* Signals that came before it runs are ignored as well: the library starts it with all of them blocked. */
static void starts_under_fire(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	int pair[2];
	char said[8] = "";
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	pid = fork();
	if (pid == 0) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		for (int i = 0; i < 6; i++)
			raise(signals[i]);
		dup2(pair[1], 0);
		execl(program, program, NULL);
		_exit(1);
	}
	close(pair[1]);
	MUST(waitpid(pid, NULL, 0) == pid);
	MUST(recv(pair[0], said, sizeof said, 0) == 6 && strcmp(said, "ready\n") == 0);
	close(pair[0]);
	while (find(program))
		pause_ms(1);
}

static void dies(int fd, pid_t pid)
{
	int other;

	MUST(kill(pid, SIGKILL) == 0);
	while (find(program) == pid)
		pause_ms(1);
	MUST(shows(fd) == EPOLLERR);
	MUST(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == -1 && errno == ENOTCONN);
	MUST(vpoll_supports(fd, EPOLLIN) == -1 && errno == ENOTCONN);
	other = vpoll_create(EPOLLPRI, FD_CLOEXEC);
	MUST(other >= 0 && shows(other) == EPOLLPRI);
	MUST(shows(fd) == EPOLLERR);
	MUST(vpoll_close(fd) == 0 && vpoll_close(other) == 0);
}

/* As a daemon does. The number of the library's descriptor is then another file's, which must stay as it is. */
static void closes_all(void)
{
	int pipes[8][2], fd;
	struct stat before[8], after;

	for (int i = 3; i < 64; i++)
		close(i);
	for (int i = 0; i < 8; i++)
		MUST(pipe(pipes[i]) == 0 && fstat(pipes[i][0], &before[i]) == 0);
	fd = vpoll_create(EPOLLHUP, FD_CLOEXEC);
	MUST(fd >= 0 && shows(fd) == EPOLLHUP);
	for (int i = 0; i < 8; i++)
		MUST(fstat(pipes[i][0], &after) == 0 && after.st_ino == before[i].st_ino);
	MUST(vpoll_close(fd) == 0);
}

int main(int argc, char *argv[])
{
	int fd, leaked = open("/dev/null", O_RDONLY);
	pid_t pid;

	MUST(argc == 2 && leaked >= 0);
	program = argv[1];
	starts_under_fire();
	/* What this process does with signals is its own affair. */
	signal(SIGCHLD, SIG_IGN);
	fd = vpoll_create(0, FD_CLOEXEC);
	MUST(fd >= 0);
	signal(SIGCHLD, SIG_DFL);
	pid = find(program);
	MUST(pid > 0);
	is_alone(pid);
	dies(fd, pid);
	closes_all();
	return 0;
}

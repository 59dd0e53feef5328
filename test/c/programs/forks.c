/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * forks LIBRARY: handlers of fork(2) that were registered before the library's own run while it has its locks. A call of theirs that needs these locks is refused by EDEADLK,
 * and one that forks goes on. A file that is a vpoll by itself is changed without a lock. After the fork all is as before, on both sides. Prints nothing, and ends with 0,
 * where that is so.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

static int (*create)(uint32_t, int);
static int (*ctl)(int, int, uint32_t);
static const char *(*backend)(int);
static int fd, is_file, refused, forked;

static int child_of(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void handle(void)
{
	int changed = is_file ? ctl(fd, 1, EPOLLIN) == 0 : ctl(fd, 1, EPOLLIN) == -1 && errno == EDEADLK;

	if (changed && create(0, 0) == -1 && errno == EDEADLK)
		refused++;
}

static void before(void)
{
	pid_t pid;

	handle();
	if (forked++)
		return;
	pid = fork();
	if (pid == 0)
		_exit(0);
	child_of(pid);
}

int main(int argc, char *argv[])
{
	void *library;
	pid_t pid;
	int works;

	if (argc < 2 || pthread_atfork(before, handle, handle) || !(library = dlopen(argv[1], RTLD_NOW)))
		return 2;
	create = (int (*)(uint32_t, int))dlsym(library, "vpoll_create");
	ctl = (int (*)(int, int, uint32_t))dlsym(library, "vpoll_ctl");
	backend = (const char *(*)(int))dlsym(library, "vpoll_backend");
	fd = create(0, FD_CLOEXEC);
	is_file = fd >= 0 && strcmp(backend(fd), "tcp") != 0 && strcmp(backend(fd), "socketpair") != 0;
	pid = fork();
	works = fd >= 0 && ctl(fd, 1, EPOLLIN) == 0 && ctl(fd, 2, EPOLLIN) == 0;
	/* Those of the fork within, in this process: before and after; and those of this one. */
	if (pid == 0)
		_exit(works && refused == 4 ? 0 : 1);
	if (child_of(pid) == 0 && works && refused == 4)
		return 0;
	printf("refused %d times, not 4; works: %d\n", refused, works);
	return 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * threads ROUNDS: eight threads make, change and close vpolls of their own, all change one that they share, and each forks now and then. Parent and child
 * change the shared one. Ends with 0 where everything ended as it had to, and nothing was left open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vpoll.h>

enum { THREADS = 8, EACH = 4 };

static int shared;
static int rounds;

static void must(int is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

static int shows(int fd, short events)
{
	struct pollfd it = { .fd = fd, .events = events };

	must(poll(&it, 1, 0) >= 0, "poll");
	return it.revents & events;
}

static void in_child(void)
{
	int status;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid == 0) {
		int own = vpoll_create(EPOLLOUT, FD_CLOEXEC);

		if (own < 0 || vpoll_ctl(own, VPOLL_CTL_SETEVENTS, EPOLLIN) < 0 || vpoll_close(own) < 0)
			_exit(1);
		_exit(vpoll_ctl(shared, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 ? 2 : 0);
	}
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child");
}

static void one_life(int fds[EACH])
{
	for (int i = 0; i < EACH; i++) {
		fds[i] = vpoll_create(i & 1 ? EPOLLOUT : 0, FD_CLOEXEC);
		must(fds[i] >= 0, "create");
	}
	for (int i = 0; i < EACH; i++) {
		must(vpoll_ctl(fds[i], VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0, "ADD");
		must(shows(fds[i], POLLIN | POLLOUT) == (i & 1 ? POLLIN | POLLOUT : POLLIN), "ADD shows");
		must(vpoll_ctl(fds[i], VPOLL_CTL_SETEVENTS, EPOLLOUT) == 0, "SET");
		must(shows(fds[i], POLLIN | POLLOUT) == POLLOUT, "SET shows");
		must(vpoll_ctl(fds[i], VPOLL_CTL_DELEVENTS, EPOLLOUT) == 0, "DEL");
		must(shows(fds[i], POLLIN | POLLOUT) == 0, "DEL shows");
		must(vpoll_ctl(shared, i & 1 ? VPOLL_CTL_ADDEVENTS : VPOLL_CTL_DELEVENTS, EPOLLIN) == 0, "shared");
	}
	for (int i = 0; i < EACH; i++)
		must(vpoll_close(fds[i]) == 0, "close");
}

static void *live(void *number)
{
	int fds[EACH];

	for (int i = 0; i < rounds; i++) {
		one_life(fds);
		if (i % 16 == (int)(long)number)
			in_child();
	}
	return NULL;
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

int main(int argc, char *argv[])
{
	pthread_t threads[THREADS];
	int before;

	rounds = argc > 1 ? atoi(argv[1]) : 1;
	shared = vpoll_create(0, FD_CLOEXEC);
	must(shared >= 0, "create");
	before = descriptors();
	for (long i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, live, (void *)i) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(threads[i], NULL) == 0, "pthread_join");
	must(descriptors() == before, "descriptors");
	must(vpoll_ctl(shared, VPOLL_CTL_SETEVENTS, 0) == 0 && shows(shared, POLLIN | POLLOUT) == 0, "SET 0");
	must(vpoll_close(shared) == 0, "close");
	return 0;
}

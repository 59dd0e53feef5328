/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Threads are cancelled while they make and change vpolls. They leave the library as usable as before, for their own cleanup too, and nothing open. So they do
 * with VPOLL_TRACE, which would have cancellation points if libc made its calls.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <vpoll.h>

static int shared;
static int refused;

static int entries(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* What a thread does at its end is no part of the call that it was cancelled in. */
static void finish(void *own)
{
	if (vpoll_ctl(shared, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 || vpoll_close(*(int *)own) < 0)
		refused = errno;
}

static void *live(void *none)
{
	int before, fd;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	pthread_cleanup_push(finish, &fd);
	for (;;) {
		fd = vpoll_create(0, FD_CLOEXEC);
		/* The cancellation comes in these calls: this descriptor isn't lost with it. */
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
		vpoll_ctl(shared, VPOLL_CTL_ADDEVENTS, EPOLLIN);
		vpoll_ctl(shared, VPOLL_CTL_SETEVENTS, EPOLLOUT);
		pthread_testcancel();
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
		vpoll_close(fd);
	}
	pthread_cleanup_pop(0);
	return none;
}

int main(void)
{
	int open_before;

	shared = vpoll_create(0, FD_CLOEXEC);
	open_before = entries();
	for (int i = 0; i < 200; i++) {
		struct timespec some = { .tv_nsec = 10000 * (i % 50) };
		pthread_t thread;
		int fd;

		if (pthread_create(&thread, NULL, live, NULL))
			return 2;
		nanosleep(&some, NULL);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		fd = vpoll_create(0, FD_CLOEXEC);
		if (fd < 0 || vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 || vpoll_close(fd) < 0) {
			perror("after a cancelled thread");
			return 1;
		}
		if (refused || entries() != open_before) {
			printf("cancelled: errno %d, %d descriptors, not %d\n", refused, entries(), open_before);
			return 1;
		}
	}
	return 0;
}

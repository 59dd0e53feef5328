/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* Threads that are cancelled while they make and change vpolls leave the library as usable as before. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <vpoll.h>

static void *live(void *none)
{
	(void)none;
	for (;;) {
		int fd, before;

		pthread_testcancel();
		/* Its descriptor is not to be lost with it: the cancellation comes inside the calls, or before. */
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
		fd = vpoll_create(0, FD_CLOEXEC);
		pthread_setcancelstate(before, &before);
		vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
		vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, EPOLLOUT);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
		vpoll_close(fd);
		pthread_setcancelstate(before, &before);
	}
	return NULL;
}

int main(void)
{
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
	}
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two threads add and delete IN on one vpoll, each as fast as it can. The test that started this looks at what the trace says of each call. */
#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <vpoll.h>

enum { ROUNDS = 1000 };

static void *change(void *fd)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (vpoll_ctl(*(int *)fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 || vpoll_ctl(*(int *)fd, VPOLL_CTL_DELEVENTS, EPOLLIN) < 0)
			return fd;
	}
	return NULL;
}

int main(void)
{
	int fd = vpoll_create(0, 0);
	pthread_t other;
	void *failed;

	if (fd < 0 || pthread_create(&other, NULL, change, &fd) != 0)
		return 1;
	if (change(&fd) != NULL || pthread_join(other, &failed) != 0 || failed != NULL)
		return 2;
	return vpoll_close(fd) < 0;
}

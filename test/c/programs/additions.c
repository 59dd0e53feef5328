/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* additions BACKEND: what our vpoll.h has beyond libvpoll 0.1's, by the library and by the archive. */
#include "must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vpoll.h>

int main(int argc, char *argv[])
{
	int fd = vpoll_create(EPOLLIN, FD_CLOEXEC), ends[2];

	MUST(argc == 2 && fd >= 0);
	MUST(strcmp(vpoll_backend(fd), argv[1]) == 0);
	MUST(vpoll_events(fd) & EPOLLIN);
	MUST(vpoll_supports(fd, EPOLLIN | EPOLLOUT) == 1);
	MUST(vpoll_supports(fd, EPOLLPRI) == (strcmp(argv[1], "socketpair") != 0));
	MUST(vpoll_supports(fd, EPOLLET | EPOLLIN) == 0);
	MUST(vpoll_set_strict(fd, 1) == 0 && vpoll_set_strict(fd, 2) == -1 && errno == EINVAL);
	if (!vpoll_supports(fd, EPOLLMSG)) {
		const int before = vpoll_events(fd);

		errno = 0;
		MUST(vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLMSG | EPOLLOUT) == -1 && errno == EOPNOTSUPP);
		MUST(vpoll_events(fd) == before);
		MUST(vpoll_set_strict(fd, 0) == 0 && vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLMSG | EPOLLOUT) == 0);
		MUST((vpoll_events(fd) & (EPOLLIN | EPOLLOUT | EPOLLMSG)) == (EPOLLIN | EPOLLOUT));
	}
	MUST(vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, 0) == 0 && vpoll_events(fd) == 0);
	MUST(vpoll_close(fd) == 0);
	errno = 0;
	MUST(vpoll_events(fd) == -1 && errno == EBADF);
	errno = 0;
	MUST(vpoll_backend(fd) == NULL && errno == EBADF);
	MUST(vpoll_supports(fd, 0) == -1 && pipe(ends) == 0);
	MUST(vpoll_events(ends[0]) == -1 && errno == EBADF);
	MUST(vpoll_set_strict(ends[0], 1) == -1 && errno == EBADF);
	MUST(vpoll_backend(ends[0]) == NULL && vpoll_supports(ends[0], 0) == -1);
	return 0;
}

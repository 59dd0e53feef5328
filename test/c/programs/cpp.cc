/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* C++ includes the header and links with the library. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <vpoll.h>

int main()
{
	const int fd = vpoll_create(EPOLLOUT, FD_CLOEXEC);
	const bool is_right = fd >= 0 && vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) == 0 && (vpoll_events(fd) & 5) == 5;
	return is_right && vpoll_close(fd) == 0 ? 0 : 1;
}

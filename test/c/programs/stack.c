/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* To be preloaded: a network stack of one's own, as libvpoll's text has it. socket() maps to vpoll_create(), recv() to a DEL of IN, and so on. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vpoll.h>

/* How often it was called; the client knows how often it has. */
int stack_calls;

int socket(int domain, int type, int protocol)
{
	(void)domain, (void)protocol, stack_calls++;
	return vpoll_create(EPOLLOUT, type & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	(void)data, (void)flags, stack_calls++;
	return vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN) < 0 ? -1 : (ssize_t)size;
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	(void)data, (void)flags, stack_calls++;
	return vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, EPOLLIN) < 0 ? -1 : (ssize_t)size;
}

int shutdown(int fd, int how)
{
	(void)how, stack_calls++;
	return vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN | EPOLLRDHUP);
}

int fcntl(int fd, int command, ...)
{
	stack_calls++;
	if (command == F_DUPFD_CLOEXEC)
		return vpoll_create((uint32_t)vpoll_events(fd), FD_CLOEXEC);
	errno = ENOSYS;
	return -1;
}

int close(int fd)
{
	stack_calls++;
	return vpoll_close(fd);
}

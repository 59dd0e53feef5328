/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * pure BACKEND: the same inside one process by Debian's libpurelibc, which takes the system calls of libc's functions to one function, as umvu of VUOS does. It
 * also takes those that are made while it runs. Prints nothing, and ends with 0, where the vpoll is BACKEND's and none of its calls came back.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <purelibc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vpoll.h>

static sfun native;
static int depth, deepest;

/* Whether a call was this one's to answer; what it answers is in `result`. */
static int answer(long number, const long *args, long *result)
{
	if (number == SYS_socket)
		*result = vpoll_create(0, FD_CLOEXEC);
	else if (number == SYS_recvfrom)
		*result = vpoll_ctl((int)args[0], VPOLL_CTL_DELEVENTS, EPOLLIN);
	else if (number == SYS_fcntl && args[1] == F_DUPFD_CLOEXEC)
		*result = vpoll_create((uint32_t)vpoll_events((int)args[0]), FD_CLOEXEC);
	else
		return 0;
	return 1;
}

static long handle(long number, ...)
{
	long args[6], result;
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (++depth > deepest)
		deepest = depth;
	if (depth > 8 || !answer(number, args, &result))
		result = native(number, args[0], args[1], args[2], args[3], args[4], args[5]);
	depth--;
	return result;
}

static int shown(int fd)
{
	struct pollfd it = { .fd = fd, .events = POLLIN };

	return poll(&it, 1, 0) < 0 ? -1 : it.revents;
}

int main(int argc, char *argv[])
{
	char data;
	int fd, other, before, after;

	if (argc < 2)
		return 2;
	native = _pure_start(handle, 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	vpoll_ctl(fd, VPOLL_CTL_ADDEVENTS, EPOLLIN);
	before = shown(fd);
	recv(fd, &data, 1, 0);
	after = shown(fd);
	if (deepest == 1 && other >= 0 && before == POLLIN && after == 0 && strcmp(vpoll_backend(fd), argv[1]) == 0)
		return vpoll_close(fd) + vpoll_close(other);
	printf("%d calls deep, %d and %d, showed %x and %x, backend %s\n", deepest, fd, other, before, after, vpoll_backend(fd));
	return 1;
}

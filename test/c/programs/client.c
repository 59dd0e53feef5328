/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * client BACKEND: a program that knows sockets only, and what it is shown of them by the stack that is preloaded (stack.c) over that backend. Prints nothing, and
 * ends with 0, where all is as with a network.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vpoll.h>

extern int stack_calls __attribute__((weak));

static void must(int is_so, const char *what)
{
	if (is_so)
		return;
	printf("%s: errno %d\n", what, errno);
	exit(1);
}

static int shown(int fd)
{
	struct pollfd it = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	must(poll(&it, 1, 0) >= 0, "poll");
	return it.revents;
}

int main(int argc, char *argv[])
{
	char data[16] = { 0 };
	int calls = 0;

	for (int i = 0; i < 50 && argc > 1; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int other;

		must(fd >= 0, "socket");
		must(strcmp(vpoll_backend(fd), argv[1]) == 0, vpoll_backend(fd));
		must(shown(fd) == POLLOUT, "a new one");
		must(send(fd, data, sizeof data, 0) == sizeof data, "send");
		must(shown(fd) == (POLLIN | POLLOUT), "data has come");
		must(recv(fd, data, sizeof data, 0) == sizeof data, "recv");
		must(shown(fd) == POLLOUT, "nothing is left");
		other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		must(other >= 0 && shown(other) == POLLOUT, "F_DUPFD_CLOEXEC");
		must(shutdown(fd, SHUT_RD) == 0 && shown(fd) & POLLRDHUP, "shutdown");
		must(close(other) == 0 && close(fd) == 0, "close");
		calls += 7;
		must(stack_calls == calls, "somebody else has called the stack");
	}
	return argc > 1 ? 0 : 2;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * hand PROGRAM ARGUMENT...: makes a vpoll, and runs the program with it as descriptor 3. Makes, changes, polls and closes others until that ends, and ends with
 * its status; with 99 where one of these failed.
 */
#include "../../../host/c/abi.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include <vpoll.h>

static int works(void)
{
	int fd = vpoll_create(EPOLLHUP, FD_CLOEXEC);
	struct pollfd it = { .fd = fd, .events = SETTABLE };
	int does = fd >= 0 && vpoll_ctl(fd, VPOLL_CTL_SETEVENTS, EPOLLPRI) == 0 && poll(&it, 1, 0) == 1 && it.revents == POLLPRI;

	return vpoll_close(fd) == 0 && does;
}

int main(int argc, char *argv[])
{
	int fd = vpoll_create(0, 0), does = 1, status = 0;
	pid_t pid;

	if (argc < 2 || fd < 0) {
		perror("vpoll_create");
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd != 3 && (dup2(fd, 3) < 0 || close(fd) < 0))
			return 1;
		execv(argv[1], argv + 1);
		perror(argv[1]);
		return 1;
	}
	vpoll_close(fd);
	while (does && waitpid(pid, &status, WNOHANG) == 0) {
		does = works();
		usleep(2000);
	}
	if (!does) {
		kill(pid, SIGKILL);
		return 99;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

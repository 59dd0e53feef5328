// SPDX-License-Identifier: LGPL-2.1-or-later

/* Adds IN to the vpoll that is descriptor 3 for each line that it reads. Prints what a child that sleeps in epoll_wait(2) has seen. */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLPRI | EPOLLET };
	int set = epoll_create1(0), c;
	pid_t pid;

	if (epoll_ctl(set, EPOLL_CTL_ADD, 3, &event) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (epoll_wait(set, &event, 1, -1) == 1)
			printf("%x\n", event.events);
		return 1;
	}
	while ((c = getchar()) != EOF) {
		if (ioctl(3, _IO('^', 1), EPOLLIN) < 0)
			perror("ioctl");
	}
	kill(pid, SIGKILL);
	wait(NULL);
	return 0;
}

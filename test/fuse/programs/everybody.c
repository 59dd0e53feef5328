// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * everybody EVENTS level|edge WAITERS none|inherit|kill|stop: forked children that watch descriptor 3 in epoll sets of their own, EPOLLEXCLUSIVE, and look again and again.
 * "inherit": this process has registered it in all. Adds the events to the vpoll, and prints how many children have seen one of them: it waits for as many as must. The first,
 * which is woken first, may be killed or stopped before it can look: it shares a processor with a process that never sleeps.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX = 64, PATIENCE_MS = 20000 };

static int told[2];

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int make_set(unsigned interest)
{
	struct epoll_event event = { .events = interest };
	int set = epoll_create1(0);

	if (epoll_ctl(set, EPOLL_CTL_ADD, 3, &event) < 0)
		_exit(1);
	return set;
}

/* Writes its number when it watches, and its number and MAX when it has seen something. */
static void watch(int number, unsigned interest, int set)
{
	struct epoll_event event;
	unsigned char said = number;
	int has_seen = 0;

	if (set < 0)
		set = make_set(interest);
	write(told[1], &said, 1);
	for (;;) {
		if (epoll_wait(set, &event, 1, -1) != 1)
			continue;
		said = number + MAX;
		if (!has_seen)
			write(told[1], &said, 1);
		has_seen = 1;
		/* A level-triggered one would look for good, and never sleep. */
		if (!(interest & EPOLLET))
			pause();
	}
}

static int is_asleep(pid_t pid)
{
	char path[64], text[512] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (read(fd, text, sizeof text - 1) < 0)
		exit(1);
	close(fd);
	return strrchr(text, ')')[2] == 'S';
}

static int hear(int timeout_ms)
{
	struct pollfd it = { .fd = told[0], .events = POLLIN };
	unsigned char said;

	if (poll(&it, 1, timeout_ms) <= 0 || read(told[0], &said, 1) != 1)
		return -1;
	return said;
}

/* Puts it where it runs only when nobody else wants to. */
static pid_t hamper(pid_t victim)
{
	struct sched_param none = { 0 };
	cpu_set_t one, others;
	pid_t hog;
	int last;

	sched_getaffinity(0, sizeof others, &others);
	for (last = CPU_SETSIZE - 1; !CPU_ISSET(last, &others);)
		last--;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	CPU_CLR(last, &others);
	sched_setaffinity(victim, sizeof one, &one);
	sched_setscheduler(victim, SCHED_IDLE, &none);
	hog = child();
	if (hog == 0) {
		sched_setaffinity(0, sizeof one, &one);
		for (;;)
			;
	}
	if (CPU_COUNT(&others) > 0)
		sched_setaffinity(0, sizeof others, &others);
	return hog;
}

int main(int argc, char *argv[])
{
	unsigned events = strtoul(argv[1], NULL, 0);
	unsigned interest = EPOLLIN | EPOLLOUT | EPOLLEXCLUSIVE | (strcmp(argv[2], "edge") == 0 ? EPOLLET : 0);
	int waiters = atoi(argv[3]), seen = 0, wanted = events & 0x2018 ? waiters : 1, signal;
	pid_t pids[MAX], hog = 0;

	if (argc != 5 || waiters < 1 || waiters >= MAX || pipe(told) < 0)
		return 2;
	signal = strcmp(argv[4], "kill") == 0 ? SIGKILL : strcmp(argv[4], "stop") == 0 ? SIGSTOP : 0;
	for (int i = 0; i < waiters; i++) {
		int set = strcmp(argv[4], "inherit") == 0 ? make_set(interest) : -1;

		pids[i] = child();
		if (pids[i] == 0)
			watch(i, interest, set);
		if (hear(PATIENCE_MS) != i)
			return 1;
		while (!is_asleep(pids[i]))
			sched_yield();
	}
	if (signal)
		hog = hamper(pids[0]);
	if (ioctl(3, _IO('^', 1), events) < 0)
		perror("ioctl");
	if (signal)
		kill(pids[0], signal);
	if (hog)
		kill(hog, SIGKILL);
	while (seen < wanted - (signal != 0) && hear(PATIENCE_MS) >= MAX)
		seen++;
	printf("%d\n", seen);
	if (signal == SIGSTOP && kill(pids[0], SIGCONT) == 0 && hear(PATIENCE_MS) >= MAX)
		printf("and the first\n");
	for (int i = 0; i < waiters; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return ioctl(3, _IO('^', 3), 0) < 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What the files of the runner share: programs that the simulated kernel has run as well, carried out on the real one.

#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#define ARGS_MAX 64
#define TASKS_MAX 16
#define TEXT_MAX 1024

// The calls, by the numbers of assembly/sim/numbers.ts.
enum call {
	EVENTFD, OPEN_VPOLL, SOCKETPAIR, PIPE, TIMERFD, EPOLL, READ, WRITE, SEND, RECV, IOCTL, SHUTDOWN, FCNTL, SETSOCKOPT,
	GETSOCKOPT, DUP, DUP3, CLOSE, EPOLL_CTL, EPOLL_WAIT, POLL, SELECT, TIMERFD_SETTIME, TIMERFD_GETTIME, SLEEP, UNSHARE,
	LIMIT, YIELD, SOCKET, BIND, CONNECT, LISTEN, ACCEPT4, GETSOCKNAME, GETPEERNAME,
};

// One more that only steps have: a signal for a task.
#define INTERRUPT 40

struct task {
	pthread_t thread;
	sem_t go;
	int id;
	// A call was begun and has not ended. Written by the driver while the task waits for `go`, and by the task.
	volatile int busy;
	int call; // -1: the thread ends
	long long args[ARGS_MAX];
	int count;
	char text[TEXT_MAX]; // what the call gave beside its result
};

// Carries out the task's call: its result or -errno, and fills `text`.
long perform(struct task *task);

// The end of a call: adds a line to the log of the step.
void log_end(struct task *task, long result);

// Ends the program, saying what failed and errno.
void die(const char *what);

// SPDX-License-Identifier: LGPL-2.1-or-later

// One call on the real kernel, and its result as text.

#define _GNU_SOURCE
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BUFFER_SIZE 65536
#define EVENTS_MAX 64
#define FAR_S 100000

static void say(struct task *t, const char *format, ...)
{
	size_t used = strlen(t->text);
	va_list args;

	va_start(args, format);
	vsnprintf(t->text + used, sizeof(t->text) - used, format, args);
	va_end(args);
}

// Eight bytes are a number to most files; any others are told by a sum in which their order counts.
static void say_data(struct task *t, const unsigned char *data, long size)
{
	uint64_t word;
	uint32_t sum = 0;

	if (size == 8) {
		memcpy(&word, data, sizeof(word));
		say(t, ",%llx", (unsigned long long)word);
	} else if (size > 0) {
		for (long i = 0; i < size; i++)
			sum = sum * 31 + data[i];
		say(t, ",%x", sum);
	}
}

static long transfer(struct task *t)
{
	static __thread unsigned char buffer[BUFFER_SIZE];
	const long long *x = t->args;
	uint64_t value = x[2];
	long r;

	if (t->call == READ || t->call == RECV) {
		r = t->call == READ ? read(x[0], buffer, x[1]) : recv(x[0], buffer, x[1], x[2]);
		say_data(t, buffer, r);
		return r;
	}
	for (int i = 0; i < BUFFER_SIZE && i < x[1]; i++)
		buffer[i] = value >> 8 * (i % 8);
	return t->call == WRITE ? write(x[0], buffer, x[1]) : send(x[0], buffer, x[1], x[3]);
}

static long pair(struct task *t)
{
	const long long *x = t->args;
	int fds[2];
	long r = t->call == PIPE ? pipe2(fds, x[0]) : socketpair(x[0], x[1], x[2], fds);

	if (r == 0)
		say(t, ",%d,%d", fds[0], fds[1]);
	return r;
}

static long wait_epoll(struct task *t)
{
	struct epoll_event events[EVENTS_MAX];
	const long long *x = t->args;
	long r = epoll_wait(x[0], events, x[1], x[2]);

	for (long i = 0; i < r; i++)
		say(t, ",%x:%llx", events[i].events, (unsigned long long)events[i].data.u64);
	return r;
}

static long wait_poll(struct task *t)
{
	struct pollfd fds[ARGS_MAX / 2];
	int count = (t->count - 1) / 2;
	long r;

	for (int i = 0; i < count; i++)
		fds[i] = (struct pollfd){.fd = t->args[1 + 2 * i], .events = t->args[2 + 2 * i]};
	r = poll(fds, count, t->args[0]);
	for (int i = 0; r >= 0 && i < count; i++)
		say(t, ",%x", (unsigned short)fds[i].revents);
	return r;
}

static long wait_select(struct task *t)
{
	const long long *x = t->args;
	struct timeval zero = {0};
	struct timeval some = {.tv_usec = x[4] * 1000};
	fd_set sets[3];
	uint64_t word;
	long r;

	for (int i = 0; i < 3; i++) {
		FD_ZERO(&sets[i]);
		word = x[1 + i];
		memcpy(&sets[i], &word, sizeof(word));
	}
	r = select(x[0], &sets[0], &sets[1], &sets[2], x[4] < 0 ? NULL : x[4] == 0 ? &zero : &some);
	for (int i = 0; r >= 0 && i < 3; i++) {
		memcpy(&word, &sets[i], sizeof(word));
		say(t, ",%llx", (unsigned long long)word);
	}
	return r;
}

// args: fd, flags, when (0: never, 1: at once, 2: not within this run), whether it has an interval (as long).
static long set_timer(struct task *t)
{
	const long long *x = t->args;
	struct itimerspec value = {.it_interval.tv_sec = x[3] ? FAR_S : 0};
	struct itimerspec left;
	long r;

	if (x[2] == 1)
		value.it_value.tv_nsec = 1;
	else if (x[2] == 2)
		// A moment of CLOCK_REALTIME is far from 1970 as well.
		value.it_value.tv_sec = x[1] & TFD_TIMER_ABSTIME ? 40000LL * FAR_S : FAR_S;
	r = timerfd_settime(x[0], x[1], &value, NULL);
	// The step is at its end once the timer has expired.
	while (r == 0 && x[2] == 1 && timerfd_gettime(x[0], &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0)
		;
	return r;
}

static long get_timer(struct task *t)
{
	struct itimerspec left;
	long r = timerfd_gettime(t->args[0], &left);

	if (r == 0)
		say(t, ",%d,%d", left.it_interval.tv_sec > 0, left.it_value.tv_sec > 0 || left.it_value.tv_nsec > 0);
	return r;
}

static long socket_option(struct task *t)
{
	const long long *x = t->args;
	int value = x[3];
	socklen_t size = sizeof(value);
	long r;

	if (t->call == SETSOCKOPT)
		return setsockopt(x[0], x[1], x[2], &value, size);
	r = getsockopt(x[0], x[1], x[2], &value, &size);
	if (r == 0)
		say(t, ",%d", value);
	return r;
}

// An address of a family that unix sockets don't have: AF_INET, where none is named.
static long address(struct task *t)
{
	const long long *x = t->args;
	struct sockaddr_storage inet = {.ss_family = t->count > 2 ? x[2] : AF_INET};

	return t->call == BIND ? bind(x[0], (void *)&inet, x[1]) : connect(x[0], (void *)&inet, x[1]);
}

// The requests of files that aren't vpolls take an int by its address.
static long control_file(struct task *t)
{
	const long long *x = t->args;
	int value = x[2];
	long r;

	if (x[1] != FIONBIO && x[1] != FIONREAD && x[1] != TIOCOUTQ)
		return ioctl(x[0], x[1], x[2]);
	r = ioctl(x[0], x[1], &value);
	if (r == 0 && x[1] != FIONBIO)
		say(t, ",%d", value);
	return r;
}

// args: fd, room for the address.
static long name_of(struct task *t)
{
	const long long *x = t->args;
	struct sockaddr_storage name = {0};
	socklen_t size = x[1];
	long r = t->call == GETSOCKNAME ? getsockname(x[0], (void *)&name, &size) : getpeername(x[0], (void *)&name, &size);

	if (r == 0)
		say(t, ",%u,%u", size, name.ss_family);
	return r;
}

static long control(struct task *t)
{
	const long long *x = t->args;
	struct epoll_event event = {.events = x[3], .data.u64 = x[4]};

	return epoll_ctl(x[0], x[1], x[2], &event);
}

static long call(struct task *t)
{
	const long long *x = t->args;

	switch (t->call) {
	case EVENTFD: return eventfd(x[0], x[1]);
	case OPEN_VPOLL: return open("/dev/vpoll", x[0]);
	case SOCKETPAIR: case PIPE: return pair(t);
	case TIMERFD: return timerfd_create(x[0], x[1]);
	case EPOLL: return epoll_create1(x[0]);
	case READ: case WRITE: case SEND: case RECV: return transfer(t);
	case IOCTL: return control_file(t);
	case SHUTDOWN: return shutdown(x[0], x[1]);
	case FCNTL: return fcntl(x[0], x[1], x[2]);
	case SETSOCKOPT: case GETSOCKOPT: return socket_option(t);
	case DUP: return dup(x[0]);
	case DUP3: return dup3(x[0], x[1], x[2]);
	case CLOSE: return close(x[0]);
	case EPOLL_CTL: return control(t);
	case EPOLL_WAIT: return wait_epoll(t);
	case POLL: return wait_poll(t);
	case SELECT: return wait_select(t);
	case TIMERFD_SETTIME: return set_timer(t);
	case TIMERFD_GETTIME: return get_timer(t);
	case SOCKET: return socket(x[0], x[1], x[2]);
	case BIND: case CONNECT: return address(t);
	case LISTEN: return listen(x[0], x[1]);
	case ACCEPT4: return accept4(x[0], NULL, NULL, x[1]);
	case GETSOCKNAME: case GETPEERNAME: return name_of(t);
	case UNSHARE: return unshare(CLONE_FILES);
	default: die("no such call"); return -1;
	}
}

long perform(struct task *t)
{
	long r;

	t->text[0] = 0;
	errno = 0;
	r = call(t);
	return r < 0 ? -errno : r;
}

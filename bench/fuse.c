// SPDX-License-Identifier: LGPL-2.1-or-later

// A FUSE server in C, as small as one can be that serves vpolls. The same requests go to it, and to the helper's file that
// VPOLL_BENCH_FILE names. Client and server are the same in both cases but for the server's language.

#define _GNU_SOURCE
#include "../host/c/abi.h"
#include "loops.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <signal.h>
#include <unistd.h>

enum { ADD = OP_ADD, DEL = OP_DEL, SET = OP_SET, VPOLLS = 4096 };
enum { FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, SET_STRING = 1, CMD_CREATE = 6 };
enum { OPEN_FLAGS = 0x75 };

static struct { uint32_t events; uint64_t waiters; int is_polled; } vpolls[VPOLLS];
static int device, last;

static void reply(uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header header = { .len = sizeof header + size, .error = error, .unique = unique };
	struct iovec parts[2] = { { &header, sizeof header }, { (void *)data, size } };

	/* The one who asked may be gone. */
	(void)!writev(device, parts, size ? 2 : 1);
}

static void wake(uint64_t waiters)
{
	struct fuse_notify_poll_wakeup_out out = { waiters };

	reply(0, FUSE_NOTIFY_POLL, &out, sizeof out);
}

static void change(int handle, unsigned int op, uint32_t events)
{
	uint32_t *now = &vpolls[handle].events;

	*now = op == ADD ? *now | events : op == DEL ? *now & ~events : events;
	if (op != DEL && events && vpolls[handle].is_polled)
		wake(vpolls[handle].waiters);
}

static void answer(const struct fuse_in_header *in, const void *argument)
{
	const struct fuse_poll_in *poll = argument;
	const struct fuse_ioctl_in *request = argument;
	struct fuse_init_out init = { .major = 7, .minor = 31, .max_background = 64, .congestion_threshold = 48, .max_write = 4096 };
	struct fuse_attr_out attr = { .attr_valid = 3600, .attr = { .ino = 1, .mode = S_IFREG | 0666, .nlink = 1 } };
	struct fuse_open_out open = { .open_flags = OPEN_FLAGS };
	struct fuse_poll_out polled = { 0 };
	struct fuse_ioctl_out result = { 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		return reply(in->unique, 0, &init, sizeof init);
	case FUSE_GETATTR:
		return reply(in->unique, 0, &attr, sizeof attr);
	case FUSE_OPEN:
		open.fh = last = (last + 1) % VPOLLS;
		memset(&vpolls[last], 0, sizeof vpolls[last]);
		return reply(in->unique, 0, &open, sizeof open);
	case FUSE_POLL:
		vpolls[poll->fh].waiters = poll->kh;
		vpolls[poll->fh].is_polled |= poll->flags & FUSE_POLL_SCHEDULE_NOTIFY;
		polled.revents = vpolls[poll->fh].events;
		return reply(in->unique, 0, &polled, sizeof polled);
	case FUSE_IOCTL:
		change(request->fh, request->cmd & 0xff, request->arg);
		result.result = vpolls[request->fh].events;
		return reply(in->unique, 0, &result, sizeof result);
	case FUSE_RELEASE:
		return reply(in->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return reply(in->unique, -ENOSYS, NULL, 0);
	}
}

static void serve_fuse(void)
{
	static char room[65536];

	for (;;) {
		ssize_t size = read(device, room, sizeof room);
		if (size > 0)
			answer((void *)room, room + sizeof(struct fuse_in_header));
		else if (errno != EINTR && errno != EAGAIN && errno != ENOENT)
			_exit(0);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	must(fd >= 0 && write(fd, text, strlen(text)) > 0, path);
	close(fd);
}

static void configure(int fs, const char *key, const char *value)
{
	must(syscall(FSCONFIG, fs, SET_STRING, key, value, 0) == 0, key);
}

/* A mount that is in no tree: its descriptor. */
static int mount_fuse(void)
{
	char text[64];
	int fs, uid = getuid(), gid = getgid();

	if (uid != 0) {
		must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "unshare");
		put("/proc/self/setgroups", "deny");
		snprintf(text, sizeof text, "0 %d 1", uid);
		put("/proc/self/uid_map", text);
		snprintf(text, sizeof text, "0 %d 1", gid);
		put("/proc/self/gid_map", text);
	}
	must((device = open("/dev/fuse", O_RDWR | O_CLOEXEC)) >= 0, "/dev/fuse");
	must((fs = syscall(FSOPEN, "fuse", 1)) >= 0, "fsopen");
	snprintf(text, sizeof text, "%d", device);
	configure(fs, "fd", text);
	configure(fs, "rootmode", "100666");
	configure(fs, "user_id", "0");
	configure(fs, "group_id", "0");
	must(syscall(FSCONFIG, fs, CMD_CREATE, NULL, NULL, 0) == 0, "fsconfig");
	return syscall(FSMOUNT, fs, 1, 0);
}

static char c_path[64];
static const char *helper_path;

static void start_server(void)
{
	int ready[2], mount = -1, parent = getpid();
	pid_t child;

	must(pipe(ready) == 0 && (child = fork()) >= 0, "fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		mount = mount_fuse();
		must(mount >= 0 && write(ready[1], &mount, sizeof mount) == sizeof mount, "fsmount");
		serve_fuse();
	}
	must(read(ready[0], &mount, sizeof mount) == sizeof mount, "server");
	snprintf(c_path, sizeof c_path, "/proc/%d/fd/%d", child, mount);
}

static int open_one(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	must(fd >= 0, path);
	return fd;
}

static void request(int fd, int op, unsigned int events)
{
	must(ioctl(fd, _IO('^', op), events) >= 0, "ioctl");
}

static void ctl(const char *path, long count)
{
	int fd = open_one(path);

	for (long i = 0; i < count; i++)
		request(fd, i % 2 ? DEL : ADD, EPOLLIN);
	close(fd);
}

static void poll_one(const char *path, long count)
{
	struct pollfd one = { open_one(path), POLLIN, 0 };

	for (long i = 0; i < count; i++)
		must(poll(&one, 1, 0) == 0, "poll");
	close(one.fd);
}

static void create_close(const char *path, long count)
{
	for (long i = 0; i < count; i++)
		close(open_one(path));
}

static int there, back;
static long rounds;

static int set_of(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(EPOLL_CLOEXEC);

	must(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	return set;
}

static void wait_for(int set)
{
	struct epoll_event event;

	while (epoll_wait(set, &event, 1, -1) != 1)
		must(errno == EINTR, "epoll_wait");
}

static void *echo(void *unused)
{
	int set = set_of(there);

	for (long i = 0; i < rounds; i++) {
		wait_for(set);
		request(there, SET, 0);
		request(back, ADD, EPOLLIN);
	}
	close(set);
	return unused;
}

/* There and back: two wake-ups of a blocked thread, four requests. */
static void ping_pong(const char *path, long count)
{
	pthread_t thread;
	int set;

	there = open_one(path);
	back = open_one(path);
	rounds = count;
	set = set_of(back);
	must(pthread_create(&thread, NULL, echo, NULL) == 0, "pthread_create");
	for (long i = 0; i < count; i++) {
		request(there, ADD, EPOLLIN);
		wait_for(set);
		request(back, SET, 0);
	}
	pthread_join(thread, NULL);
	close(set);
	close(there);
	close(back);
}

#define BOTH(name) \
	static void c_##name(long count) { name(c_path, count); } \
	static void helper_##name(long count) { name(helper_path, count); }
BOTH(ctl)
BOTH(poll_one)
BOTH(create_close)
BOTH(ping_pong)

static const struct loop loops[] = {
	{ "c_ctl", c_ctl }, { "helper_ctl", helper_ctl },
	{ "c_poll", c_poll_one }, { "helper_poll", helper_poll_one },
	{ "c_create_close", c_create_close }, { "helper_create_close", helper_create_close },
	{ "c_ping_pong", c_ping_pong }, { "helper_ping_pong", helper_ping_pong },
};

int main(void)
{
	helper_path = getenv("VPOLL_BENCH_FILE");
	must(helper_path != NULL, "VPOLL_BENCH_FILE");
	start_server();
	return serve(loops, sizeof loops / sizeof *loops);
}

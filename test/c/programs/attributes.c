/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * attributes PROGRAM: has set whatever a process can inherit for itself, starts a helper, which is that program, and looks what the helper has of it. Runs as root with
 * VPOLL_BACKEND=fuse.
 */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <vpoll.h>

static const char *program;

static void read_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	MUST(fd >= 0);
	n = read(fd, text, size - 1);
	MUST(n >= 0);
	text[n] = 0;
	close(fd);
}

static void write_own(const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/self/%s", name);
	fd = open(path, O_WRONLY);
	MUST(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
}

static void limit(int which, rlim_t soft)
{
	struct rlimit it;

	MUST(getrlimit(which, &it) == 0);
	it.rlim_cur = soft;
	MUST(setrlimit(which, &it) == 0);
}

static void set_all(void)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct itimerval soon = { .it_value.tv_usec = 1000, .it_interval.tv_usec = 1000 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	MUST(sched_setaffinity(0, sizeof one, &one) == 0);
	MUST(setpriority(PRIO_PROCESS, 0, 7) == 0);
	MUST(sched_setscheduler(0, SCHED_FIFO, &first) == 0);
	MUST(syscall(SYS_ioprio_set, 1, 0, 3 << 13) == 0);
	/* Three descriptors are all that it needs. */
	limit(RLIMIT_NOFILE, 16);
	limit(RLIMIT_CPU, 1000);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_DATA, 64 << 20);
	limit(RLIMIT_STACK, 1 << 20);
	limit(RLIMIT_CORE, 0);
	umask(0777);
	MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
	MUST(chdir("/tmp") == 0);
	MUST(setenv("SECRET", "1", 1) == 0);
	MUST(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	write_own("oom_score_adj", "500");
}

static void has_limits(pid_t pid)
{
	static const int soft[] = { RLIMIT_NOFILE, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK };
	struct rlimit its;

	for (size_t i = 0; i < sizeof soft / sizeof *soft; i++) {
		MUST(prlimit(pid, soft[i], NULL, &its) == 0);
		MUST(its.rlim_cur == its.rlim_max);
	}
	MUST(prlimit(pid, RLIMIT_CORE, NULL, &its) == 0 && its.rlim_cur == 0);
}

/* Which signals it ignores, in hexadecimal; and its umask. */
static void has_status(pid_t pid)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGXCPU, SIGXFSZ };
	char text[4096];
	const char *at;
	unsigned long long mask;

	read_of(pid, "status", text, sizeof text);
	at = strstr(text, "\nSigIgn:");
	MUST(at && sscanf(at, "\nSigIgn: %llx", &mask) == 1);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		MUST(mask & 1ULL << (ignored[i] - 1));
	MUST(!(mask & 1ULL << (SIGALRM - 1)));
	MUST(strstr(text, "\nSigBlk:\t0000000000000000\n"));
	MUST(strstr(text, "\nUmask:\t0077\n"));
	MUST(strstr(text, "\nThreads:\t1\n"));
}

/* A field of proc_pid_stat(5) behind the name. */
static int field(pid_t pid, int number)
{
	char text[1024], *at;

	read_of(pid, "stat", text, sizeof text);
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < number; i++)
		at = strchr(at, ' ') + 1;
	return atoi(at);
}

static void is_empty(pid_t pid, const char *name)
{
	char path[64];
	struct statfs system;
	DIR *folder;
	int count = 0;

	snprintf(path, sizeof path, "/proc/%d/%s/", pid, name);
	MUST(statfs(path, &system) == 0 && system.f_type == TMPFS_MAGIC);
	folder = opendir(path);
	MUST(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	/* Itself and its parent. */
	MUST(count == 2);
}

static void has_nothing(pid_t pid)
{
	char text[PATH_MAX];
	cpu_set_t its, all;

	MUST(sched_getscheduler(pid) == SCHED_OTHER);
	MUST(getpriority(PRIO_PROCESS, pid) == 0);
	MUST(sched_getaffinity(pid, sizeof its, &its) == 0);
	MUST(sched_getaffinity(1, sizeof all, &all) == 0);
	MUST(CPU_EQUAL(&its, &all));
	/* Of the class none, as it is said of a process that never asked for one. */
	MUST(syscall(SYS_ioprio_get, 1, pid) >> 13 == syscall(SYS_ioprio_get, 1, 1) >> 13);
	read_of(pid, "oom_score_adj", text, sizeof text);
	MUST(strcmp(text, "0\n") == 0);
	read_of(pid, "environ", text, sizeof text);
	MUST(text[0] == 0);
	/* It reaches no mount but an empty one of its own: none at all where that is in no namespace. */
	read_of(pid, "mountinfo", text, sizeof text);
	MUST(text[0] == 0 || (strchr(text, '\n') == strrchr(text, '\n') && strstr(text, " - tmpfs ")));
	is_empty(pid, "root");
	is_empty(pid, "cwd");
	/* No terminal, and a session and a group of its own. */
	MUST(field(pid, 7) == 0 && field(pid, 6) != getsid(0) && field(pid, 5) != getpgrp());
	has_limits(pid);
	has_status(pid);
}

int main(int argc, char *argv[])
{
	struct timespec some = { .tv_nsec = 1000000 };
	struct pollfd it;
	pid_t pid;

	MUST(argc == 2);
	program = argv[1];
	set_all();
	it = (struct pollfd){ .fd = vpoll_create(EPOLLPRI, FD_CLOEXEC), .events = EPOLLPRI };
	MUST(it.fd >= 0);
	pid = find(program);
	MUST(pid > 0);
	has_nothing(pid);
	/* Pinned to the same processor, of a class that goes before it, it would never answer. */
	for (int i = 0; i < 100; i++)
		MUST(poll(&it, 1, 0) == 1 && it.revents == EPOLLPRI);
	MUST(vpoll_close(it.fd) == 0);
	for (int fd = 3; fd < 16; fd++)
		close(fd);
	while (find(program))
		nanosleep(&some, NULL);
	return 0;
}

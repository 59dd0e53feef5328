/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * carrier WORD...: does one after the other, and prints what makes each vpoll work.
 *
 *     create           a vpoll with EPOLLHUP: its backend and what poll(2) shows, or the errno
 *     prepare          vpoll_prepare(): 0 or the errno
 *     handler          a handler for SIGCHLD
 *     ignored          SIGCHLD is ignored
 *     thread           another thread of the class SCHED_FIFO
 *     batch            this one of the class SCHED_BATCH
 *     full             no descriptor is left
 *     chroot           an empty folder is the root
 *     nobody           user and group 65534
 *     strict           a seccomp filter that kills for whatever makes or changes a process, or opens /proc
 *     newpid           the next child begins a pid namespace
 *     otherpid         the next child enters one that is there
 *     endpid           that ends, with all that is in it
 *     fork             a child: its number, as itself has it
 *     reap             waits for all children, which must be none
 */
#include "../../../host/c/abi.h"
#include "must.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vpoll.h>

static void handle(int signal)
{
	(void)signal;
}

static void *sleep_on(void *unused)
{
	const struct sched_param least = { .sched_priority = 1 };

	(void)unused;
	MUST(sched_setscheduler(0, SCHED_FIFO, &least) == 0);
	for (;;)
		pause();
}

static void create(void)
{
	const int fd = vpoll_create(EPOLLHUP, FD_CLOEXEC);
	struct pollfd it = { .fd = fd, .events = SETTABLE };

	if (fd < 0) {
		printf("errno %d\n", errno);
		return;
	}
	MUST(poll(&it, 1, 0) >= 0);
	printf("%s %#x\n", vpoll_backend(fd), (unsigned)it.revents);
}

static void enter_thread(void)
{
	const struct timespec some = { .tv_nsec = 20000000 };
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, sleep_on, NULL) == 0);
	nanosleep(&some, NULL);
}

static void fill(void)
{
	struct rlimit limit;

	MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 64;
	MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	MUST(errno == EMFILE);
}

static void leave(void)
{
	char folder[] = "/tmp/vpoll-root-XXXXXX";

	/* Gone with the last who is in it. */
	MUST(mkdtemp(folder) && chdir(folder) == 0 && rmdir(folder) == 0 && chroot(".") == 0);
}

static void be_strict(void)
{
#define KILL(number)                                                                       \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                                 \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		KILL(SYS_clone),
		KILL(SYS_clone3),
		KILL(SYS_execve),
		KILL(SYS_execveat),
		KILL(SYS_wait4),
		KILL(SYS_prctl),
		KILL(SYS_sched_getscheduler),
		KILL(SYS_getdents64),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* The first process of a pid namespace, which does nothing. It stays as long as this one has the other end of a pipe. */
static pid_t other;

static void enter_other(void)
{
	char path[64], byte;
	int ends[2], fd;

	MUST(pipe2(ends, O_CLOEXEC) == 0);
	other = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	MUST(other >= 0);
	if (other == 0) {
		/* Until the program has ended, however soon that is. */
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	snprintf(path, sizeof path, "/proc/%d/ns/pid", other);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0 && setns(fd, CLONE_NEWPID) == 0 && close(fd) == 0);
}

static void make_child(void)
{
	const pid_t child = fork();
	int status;

	MUST(child >= 0);
	if (child == 0)
		_exit(getpid());
	MUST(waitpid(child, &status, 0) == child && WIFEXITED(status));
	printf("child %d\n", WEXITSTATUS(status));
}

static void obey(const char *word)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (strcmp(word, "create") == 0)
		create();
	else if (strcmp(word, "prepare") == 0)
		printf("prepare %d\n", vpoll_prepare() == 0 ? 0 : errno);
	else if (strcmp(word, "handler") == 0)
		MUST(signal(SIGCHLD, handle) != SIG_ERR);
	else if (strcmp(word, "ignored") == 0)
		MUST(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	else if (strcmp(word, "thread") == 0)
		enter_thread();
	else if (strcmp(word, "batch") == 0)
		MUST(sched_setscheduler(0, SCHED_BATCH, &none) == 0);
	else if (strcmp(word, "full") == 0)
		fill();
	else if (strcmp(word, "chroot") == 0)
		leave();
	else if (strcmp(word, "nobody") == 0)
		MUST(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	else if (strcmp(word, "strict") == 0)
		be_strict();
	else if (strcmp(word, "newpid") == 0)
		MUST(unshare(CLONE_NEWPID) == 0);
	else if (strcmp(word, "otherpid") == 0)
		enter_other();
	else if (strcmp(word, "endpid") == 0)
		MUST(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
	else if (strcmp(word, "fork") == 0)
		make_child();
	else if (strcmp(word, "reap") == 0)
		MUST(wait(NULL) < 0 && errno == ECHILD);
	else
		MUST(!"a word");
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		obey(argv[i]);
	return 0;
}

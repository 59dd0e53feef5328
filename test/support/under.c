/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * under WHAT... -- PROGRAM [ARGUMENT...]: runs a program where a library's own process would hurt it or be refused. WHAT is, one after the other:
 *
 *     init             process 1 of a pid namespace, with the /proc of that
 *     subreaper        PR_SET_CHILD_SUBREAPER
 *     secure           with another's privileges: AT_SECURE
 *     fifo             of the class SCHED_FIFO
 *     proc             a mount namespace in which /proc is empty
 *     nobody           user and group 65534
 *     nnp              PR_SET_NO_NEW_PRIVS
 *     closed           a user namespace, of all users, in which no other may be made
 *     docker           a filter that says what Docker's default profile says to a container without CAP_SYS_ADMIN about processes, namespaces and mounts
 *     nproc            RLIMIT_NPROC 0, which counts for users who aren't root
 *     kill:CALL        a filter that kills for CALL: process (a child of any kind), execve (the one of PROGRAM excepted), mount (or fsopen)
 *     refuse:CALL      one that says EPERM
 */
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "under: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void enter_mounts(void)
{
	must(unshare(CLONE_NEWNS) == 0, "unshare(CLONE_NEWNS)");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount(MS_PRIVATE)");
}

/* Waits for the program, and ends as it has. */
static void end_as(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	exit(WEXITSTATUS(status));
}

static void become_init(void)
{
	pid_t pid;

	must(unshare(CLONE_NEWPID) == 0, "unshare(CLONE_NEWPID)");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid > 0)
		end_as(pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter_mounts();
	must(mount("proc", "/proc", "proc", 0, NULL) == 0, "mount(proc)");
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	must(file && fputs(text, file) >= 0 && fclose(file) == 0, path);
}

/* Only who stays outside may map more than its own user, so the program is a child. */
static void close_namespaces(void)
{
	int inside[2], mapped[2];
	char path[64], byte = 0;
	pid_t pid;

	must(pipe(inside) == 0 && pipe(mapped) == 0, "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (pid > 0) {
		must(read(inside[0], &byte, 1) == 1, "unshare");
		for (int i = 0; i < 2; i++) {
			snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, i ? "uid_map" : "gid_map");
			put(path, "0 0 65536");
		}
		must(write(mapped[1], &byte, 1) == 1, "write");
		end_as(pid);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "unshare(CLONE_NEWUSER)");
	must(write(inside[1], &byte, 1) == 1 && read(mapped[0], &byte, 1) == 1, "maps");
	must(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0, "setresuid");
	put("/proc/sys/user/max_user_namespaces", "0");
	for (int i = 0; i < 2; i++)
		must(close(inside[i]) == 0 && close(mapped[i]) == 0, "close");
}

static void hide_proc(void)
{
	enter_mounts();
	must(mount("none", "/proc", "tmpfs", 0, NULL) == 0, "mount(tmpfs)");
}

static struct sock_filter code[128];
static unsigned short length;

static void add(struct sock_filter instruction)
{
	code[length++] = instruction;
}

static void load(size_t offset)
{
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static const size_t number = offsetof(struct seccomp_data, nr);
static const size_t first = offsetof(struct seccomp_data, args);

/* Where the call has this number, `action`. */
static void answer(unsigned int call, unsigned int action)
{
	load(number);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Threads are no processes. What clone3(2) would make nobody can see here, so there is none. */
static void answer_process(unsigned int action)
{
	answer(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
#ifdef SYS_fork
	answer(SYS_fork, action);
	answer(SYS_vfork, action);
#endif
	load(number);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
	load(first);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void answer_execve(const char *path, unsigned int action)
{
	answer(SYS_execveat, action);
	load(number);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 3));
	load(first);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(uintptr_t)path, 1, 0));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Written by hand after what the profile says (moby, profiles/seccomp): not the whole of it. */
static void answer_as_docker(void)
{
	static const unsigned int refused[] = {
		SYS_mount,     SYS_umount2,    SYS_unshare,	  SYS_setns, SYS_pivot_root, SYS_fsopen, SYS_fspick, SYS_fsconfig, SYS_fsmount,
		SYS_open_tree, SYS_move_mount, SYS_mount_setattr, SYS_bpf,   SYS_quotactl,
	};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		answer(refused[i], SECCOMP_RET_ERRNO | EPERM);
	answer(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
	load(number);
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
	load(first);
	/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x7e020000, 0, 1));
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

static void filter(const char *what, unsigned int action, const char *path)
{
	struct sock_fprog program = { .filter = code };

	length = 0;
	if (strcmp(what, "docker") == 0)
		answer_as_docker();
	else if (strcmp(what, "process") == 0)
		answer_process(action);
	else if (strcmp(what, "execve") == 0)
		answer_execve(path, action);
	else if (strcmp(what, "mount") == 0) {
		answer(SYS_mount, action);
		answer(SYS_fsopen, action);
	} else
		must((errno = EINVAL) == 0, what);
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	program.len = length;
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "PR_SET_SECCOMP");
}

static void apply(const char *what, const char *path)
{
	const struct sched_param least = { .sched_priority = 1 };
	const struct rlimit none = { 0, 0 };

	if (strcmp(what, "init") == 0)
		become_init();
	else if (strcmp(what, "subreaper") == 0)
		must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, what);
	else if (strcmp(what, "secure") == 0)
		must(setresuid(65534, 0, 0) == 0, what);
	else if (strcmp(what, "fifo") == 0)
		must(sched_setscheduler(0, SCHED_FIFO, &least) == 0, what);
	else if (strcmp(what, "proc") == 0)
		hide_proc();
	else if (strcmp(what, "nobody") == 0)
		must(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0, what);
	else if (strcmp(what, "nproc") == 0)
		must(setrlimit(RLIMIT_NPROC, &none) == 0, what);
	else if (strcmp(what, "nnp") == 0)
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, what);
	else if (strcmp(what, "closed") == 0)
		close_namespaces();
	else if (strcmp(what, "docker") == 0)
		filter(what, 0, path);
	else if (strncmp(what, "kill:", 5) == 0)
		filter(what + 5, SECCOMP_RET_KILL_PROCESS, path);
	else if (strncmp(what, "refuse:", 7) == 0)
		filter(what + 7, SECCOMP_RET_ERRNO | EPERM, path);
	else
		must((errno = EINVAL) == 0, what);
}

int main(int argc, char *argv[])
{
	int end = 1;

	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	must(end + 1 < argc, "no program");
	for (int i = 1; i < end; i++)
		apply(argv[i], argv[end + 1]);
	execve(argv[end + 1], argv + end + 1, environ);
	must(0, argv[end + 1]);
	return 1;
}

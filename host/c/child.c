/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Two children, so that nobody has to wait for the program's end, and nobody else's wait sees it. The first is made with no signal for its end, and never
 * executes anything: execve(2) would give it SIGCHLD again. So no handler runs for it, and wait(2) and waitpid(2) pass over it unless they are told __WCLONE or
 * __WALL. It makes the second, which executes the program, and ends; init(1) has that then, or the nearest PR_SET_CHILD_SUBREAPER.
 *
 * glibc's posix_spawn(3) is the model: children that share the memory, as after vfork(2), but with stacks of their own, while this thread stands still. Signals
 * are blocked from before they are there: a handler that ran in one would run on the memory of the parent. They stay so until the program unblocks them. No fork handler runs.
 */
#include "child.h"

#include "kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* What the children get, and what the second leaves: 0 or -errno. */
struct child {
  /* NULL at the end; the first is the program's path. */
  char *const *arguments;
  int program, socket;
  /* Whether `process` is asked for, and a socket that the first child tells it by, since its table of descriptors is its own. */
  bool is_held;
  int teller;
  /* A descriptor of the second, or -1. */
  int process;
  long status;
};

/* linux/sched.h and linux/wait.h, which not every libc's headers have: of a child a descriptor too, and to wait by that. */
enum { WITH_DESCRIPTOR = 0x1000, BY_DESCRIPTOR = 3 };

/* One descriptor beside a message (cmsg(3)). */
union descriptor_message {
  struct cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

/* How long the end of what was killed is waited for: it takes less than a millisecond, unless it hangs in the kernel. */
enum { END_MS = 1000 };

/* Signals are 1 to this, those that libc keeps for itself included. */
enum { SIGNAL_MAX = 64 };

/* A sanitizer would take what the child does for the doing of the thread whose memory it is. */
#define UNSEEN __attribute__((no_sanitize("address", "thread", "undefined")))

/* Begins a child: what it runs, which returns nothing. */
typedef void function(void *it);

/* The second child. Calls nothing of libc, which may know of the parent's thread only. */
static UNSEEN void run(void *argument) {
  struct child *it = argument;
  // SIG_DFL, no flags, an empty mask: a struct sigaction of the kernel's is no longer than this.
  static const uint64_t by_default[4];
  static char *const environment[] = {NULL};
  // Two of them can't be changed, and need not be.
  for (int i = 1; i <= SIGNAL_MAX; i++) kernel(SYS_rt_sigaction, i, by_default, NULL, KERNEL_MASK_SIZE);
  long status = 0;
  // This table is a copy. What the program has open must not stay open until the helper closes it, which may be late, or never.
  for (int fd = 0; fd < 3 && status >= 0; fd++) status = kernel(SYS_dup3, it->socket, fd, 0);
#ifdef SYS_close_range
  if (it->program > 3) kernel(SYS_close_range, 3, it->program - 1, 0);
  kernel(SYS_close_range, it->program + 1, ~0u, 0);
#endif
  if (status >= 0) status = kernel(SYS_execveat, it->program, "", it->arguments, environment, AT_EMPTY_PATH);
  // An older filter of system calls may know the other one alone.
  if (status == -EPERM || status == -ENOSYS) status = kernel(SYS_execve, it->arguments[0], it->arguments, environment);
  it->status = status;
  for (;;) kernel(SYS_exit_group, 127);
}

#if VPOLL_IS_DIRECT

/*
 * Makes a child, which begins in `begin` at the top of its stack: its number or -errno. Returns when it has begun another program or has ended. `more` is flags of
 * clone(2), and the signal of its end.
 */
static UNSEEN long make(struct child *it, function *begin, char *top, long more) {
  const long flags = CLONE_VM | CLONE_VFORK | more;
#ifdef __x86_64__
  register void *argument __asm__("r12") = it;
  register function *first __asm__("r13") = begin;
  long result;
  // clone(flags, stack, parent_tid, child_tid, tls). What the child would return to is not there.
  __asm__ volatile(
      "xorl %%r10d, %%r10d\n\t"
      "xorl %%r8d, %%r8d\n\t"
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "movq %%r12, %%rdi\n\t"
      "call *%%r13\n\t"
      "ud2\n"
      "1:"
      : "=a"(result)
      : "a"((long)SYS_clone), "D"(flags), "S"(top), "d"(&it->process), "r"(argument), "r"(first)
      : "rcx", "r8", "r10", "r11", "cc", "memory");
  return result;
#else
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = flags;
  register char *x1 __asm__("x1") = top;
  register int *x2 __asm__("x2") = &it->process;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  register void *argument __asm__("x19") = it;
  register function *first __asm__("x20") = begin;
  // clone(flags, stack, parent_tid, tls, child_tid).
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, x19\n\t"
      "blr x20\n\t"
      "brk 0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(argument), "r"(first)
      : "x30", "cc", "memory");
  return x0;
#endif
}

static UNSEEN long make_second(struct child *it) {
  static _Alignas(16) char stack[8192];
  return make(it, run, stack + sizeof stack, SIGCHLD | (it->is_held ? WITH_DESCRIPTOR : 0));
}

/* Sends a descriptor, without a word. */
static UNSEEN void tell(int socket, int descriptor) {
  union descriptor_message control = {.room = {0}};
  char byte = 0;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof descriptor);
  *(int *)(void *)CMSG_DATA(&control.header) = descriptor;
  kernel(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
}

/* The first child. */
static UNSEEN void leave(void *argument) {
  struct child *it = argument;
  const long pid = make_second(it);
  if (it->process >= 0) tell(it->teller, it->process);
  for (;;) kernel(SYS_exit_group, pid < 0 ? -pid : -it->status);
}

/* Not with our own table of descriptors. valgrind knows clone(2) as fork(2), vfork(2) and threads use it, and ends a program that uses it otherwise. */
static UNSEEN long make_first(struct child *it) {
  static _Alignas(16) char stack[8192];
  return make(it, leave, stack + sizeof stack, 0);
}

#else

/* The first child has a copy of the memory. clone(2) takes its arguments in another order on each machine, but all of them 0 is fork(2) without a signal. */
static UNSEEN long make_first(struct child *it) {
  const long first = kernel(SYS_clone, 0);
  if (first != 0) return first;
  const pid_t pid = vfork();
  if (pid == 0) run(it);
  for (;;) kernel(SYS_exit_group, pid < 0 ? errno : -it->status);
}

#endif

/* Makes both: 0 or -errno. */
static int make_both(struct child *it) {
  const uint64_t all = UINT64_MAX;
  uint64_t before = 0;
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_MASK_SIZE);
  const long pid = make_first(it);
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, KERNEL_MASK_SIZE);
  if (pid < 0) return (int)pid;
  // What it has to tell, an errno, is no larger than a status. A program that waits with __WALL may have taken it: then the socket tells.
  int status = 0;
  long waited;
  do waited = kernel(SYS_wait4, pid, &status, __WCLONE, NULL);
  while (waited == -EINTR);
  if (waited < 0) return 0;
  return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* The descriptor that has come, or -1. */
static int hear(int socket) {
  union descriptor_message control = {.room = {0}};
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (kernel(SYS_recvmsg, socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return -1;
  return message.msg_controllen < CMSG_LEN(sizeof(int)) ? -1 : *(int *)(void *)CMSG_DATA(&control.header);
}

int vpoll_spawn(int program, char *const *arguments, int socket, int *process) {
  struct child it = {.arguments = arguments, .program = program, .socket = socket, .process = -1};
  int pair[2];
  it.is_held = kernel(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0;
  if (it.is_held) it.teller = pair[1];
  int status = make_both(&it);
  // What stands in for a kernel, as qemu does for one program, may not know a descriptor of a process.
  if (status == -EINVAL && it.is_held) {
    it.is_held = false;
    status = make_both(&it);
    it.is_held = true;
  }
  *process = it.is_held ? hear(pair[0]) : -1;
  if (it.is_held) {
    kernel(SYS_close, pair[0]);
    kernel(SYS_close, pair[1]);
  }
  return status;
}

void vpoll_end(int process) {
#ifdef SYS_pidfd_send_signal
  kernel(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0);
  struct pollfd it = {.fd = process, .events = POLLIN};
  kernel_poll(&it, 1, END_MS);
  // Before Linux 5.4 nobody can wait by it: then a program that has adopted it finds it in its own wait.
  kernel(SYS_waitid, BY_DESCRIPTOR, process, NULL, WEXITED | WNOHANG | __WALL, NULL);
#else
  (void)process;
#endif
}

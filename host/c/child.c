/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * glibc's posix_spawn(3) is the model: a child that shares the memory, as after vfork(2), but with a stack of its own, while this thread stands still. Signals are
 * blocked from before it is there: a handler that ran in it would run on the memory of the parent. They stay so until the program unblocks them. No fork handler runs.
 */
#include "child.h"

#include "kernel.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/* What the child gets, and what it leaves: 0 or -errno. */
struct child {
  const char *program;
  int socket;
  long status;
};

/* Signals are 1 to this, those that libc keeps for itself included. */
enum { SIGNAL_MAX = 64 };

/* A sanitizer would take what the child does for the doing of the thread whose memory it is. */
#define UNSEEN __attribute__((no_sanitize("address", "thread", "undefined")))

/* The child. Calls nothing of libc, which may know of the parent's thread only. */
static UNSEEN void run(void *argument) {
  struct child *it = argument;
  // SIG_DFL, no flags, an empty mask: a struct sigaction of the kernel's is no longer than this.
  static const uint64_t by_default[4];
  char *const argv[] = {(char *)(uintptr_t)it->program, NULL};
  // Two of them can't be changed, and need not be.
  for (int i = 1; i <= SIGNAL_MAX; i++) kernel(SYS_rt_sigaction, i, by_default, NULL, KERNEL_MASK_SIZE);
  it->status = 0;
  for (int fd = 0; fd < 3 && it->status >= 0; fd++) it->status = kernel(SYS_dup3, it->socket, fd, 0);
  if (it->status >= 0) it->status = kernel(SYS_execve, it->program, argv, &argv[1]);
  for (;;) kernel(SYS_exit_group, 127);
}

#if VPOLL_IS_DIRECT

/* Makes the child, which begins in `run` at the top of its stack: its number or -errno. Returns when it has begun another program or has ended. */
static UNSEEN long begin(struct child *it) {
  static _Alignas(16) char stack[16384];
  const long flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
#ifdef __x86_64__
  register void *argument __asm__("r12") = it;
  register void (*function)(void *) __asm__("r13") = run;
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
      : "a"((long)SYS_clone), "D"(flags), "S"(stack + sizeof stack), "d"(0L), "r"(argument), "r"(function)
      : "rcx", "r8", "r10", "r11", "cc", "memory");
  return result;
#else
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = flags;
  register char *x1 __asm__("x1") = stack + sizeof stack;
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  register void *argument __asm__("x19") = it;
  register void (*function)(void *) __asm__("x20") = run;
  // clone(flags, stack, parent_tid, tls, child_tid).
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, x19\n\t"
      "blr x20\n\t"
      "brk 0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(argument), "r"(function)
      : "x30", "cc", "memory");
  return x0;
#endif
}

#else

static UNSEEN long begin(struct child *it) {
  const pid_t pid = vfork();
  if (pid == 0) run(it);
  return pid < 0 ? -errno : pid;
}

#endif

int vpoll_spawn(const char *program, int socket) {
  struct child it = {.program = program, .socket = socket};
  const uint64_t all = UINT64_MAX;
  uint64_t before = 0;
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, KERNEL_MASK_SIZE);
  const long pid = begin(&it);
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, KERNEL_MASK_SIZE);
  if (pid < 0) return (int)pid;
  // The program may have reaped it already, or ask for no children to be kept (SIGCHLD).
  while (kernel(SYS_wait4, pid, NULL, 0, NULL) == -EINTR);
  return it.status < 0 ? (int)it.status : 0;
}

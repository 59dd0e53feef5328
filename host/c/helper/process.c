/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * What the helper is as a process. A child inherits what the program that started it had set for itself. The helper sets all that back to its default, as far as a
 * process may: it serves every process that has a vpoll, and not that program alone. What is the administrator's stays: hard limits, cgroup, namespaces.
 */
#include "process.h"

#include "../kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/*
 * A soft limit is the program's own choice, and made for its own work. One of descriptors may leave us none. One of processor time sends a signal each second, until
 * the hard one sends SIGKILL. Nothing of us is worth a core file that the program doesn't want.
 */
static void reset_limits(void) {
  // A struct sigaction of the kernel's is no longer than this.
  static const uint64_t ignored[4] = {(uintptr_t)SIG_IGN};
  kernel(SYS_rt_sigaction, SIGXCPU, ignored, NULL, KERNEL_MASK_SIZE);
  kernel(SYS_rt_sigaction, SIGXFSZ, ignored, NULL, KERNEL_MASK_SIZE);
  for (int i = 0; i < RLIM_NLIMITS; i++) {
    struct rlimit limit;
    if (i == RLIMIT_CORE || kernel(SYS_prlimit64, 0, i, NULL, &limit) < 0 || limit.rlim_cur == limit.rlim_max) continue;
    limit.rlim_cur = limit.rlim_max;
    kernel(SYS_prlimit64, 0, i, &limit, NULL);
  }
}

/* A waiter of any class, on any processor, waits for our answer. So nothing of the program's classes and processors is left but what we may not give back. */
static void reset_scheduling(void) {
  const struct sched_param none = {.sched_priority = 0};
  kernel(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
  // What is below 0 is the program's privilege, and by our answers its gain. The kernel counts from 20 down.
  if (kernel(SYS_getpriority, PRIO_PROCESS, 0) < 20) kernel(SYS_setpriority, PRIO_PROCESS, 0, 0);
  // The kernel leaves those of the cpuset.
  unsigned long all[128];
  memset(all, 0xff, sizeof all);
  kernel(SYS_sched_setaffinity, 0, sizeof all, all);
  // IOPRIO_WHO_PROCESS; 0: as nice says.
  kernel(SYS_ioprio_set, 1, 0, 0);
  // MPOL_DEFAULT.
  kernel(SYS_set_mempolicy, 0, NULL, 0);
}

/*
 * A program that says of itself that it is to be killed first means its own memory. To kill us frees less than a megabyte, and breaks what it has, and what others
 * have. One that is spared needs us as it needs itself, so what is below 0 stays.
 */
static void reset_oom_score(void) {
  static const char path[] = "/proc/self/oom_score_adj";
  char first = '-';
  int fd = (int)kernel(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  kernel(SYS_read, fd, &first, 1);
  kernel(SYS_close, fd);
  if (first == '-' || first == '0') return;
  fd = (int)kernel(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  // Refused where root has set it: then it stays.
  kernel(SYS_write, fd, "0", 1);
  kernel(SYS_close, fd);
}

void helper_reset(void) {
  // Where the program file can't be read, or the ids differ, /proc/self would be root's, and uid_map with it.
  kernel(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  kernel(SYS_umask, 077);
  reset_limits();
  reset_scheduling();
  reset_oom_score();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * What this program is, as far as it matters to a library that would start another in it. The rules are those of src/fuse/policy.ts. One fact is looked at after the
 * other, and none behind the first that forbids it: a filter of system calls may kill for a question.
 */
#include "guest.h"

#include "core/policy.h"
#include "kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

enum { VPOLL_FACTS };

/* What one look finds for two rules. */
struct found {
  int seccomp;
};

static long secure(struct found *found) {
  (void)found;
  return (long)getauxval(AT_SECURE);
}

/* The digit behind `key`, of which the first character is its only end of line; 0 where there is none. Reads to the end: a line before it may be long. Or -errno. */
static long read_digit(int fd, const char *key) {
  size_t matched = 0;
  long digit = 0;
  for (;;) {
    char bytes[1024];
    const long n = kernel(SYS_read, fd, bytes, sizeof bytes);
    if (n <= 0) return n < 0 ? n : digit;
    for (long i = 0; i < n; i++) {
      if (key[matched] == '\0') {
        digit = bytes[i] - '0';
        matched = 0;
      } else if (bytes[i] == key[matched]) {
        matched++;
      } else {
        matched = bytes[i] == key[0];
      }
    }
  }
}

/* Of this thread: a filter of its own is what would hinder it. A kernel without filters has no such line. */
static long proc(struct found *found) {
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, "/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -fd;
  const long digit = read_digit(fd, "\nSeccomp:\t");
  kernel(SYS_close, fd);
  if (digit < 0) return -digit;
  found->seccomp = (int)digit;
  return 0;
}

static long seccomp(struct found *found) {
  return found->seccomp;
}

/*
 * Which pid namespace a child of this thread would be in: its own (0), another, or one that begins with it. The link to such a one leads nowhere yet. Before Linux
 * 4.12 there is no such link.
 */
static long children(struct found *found) {
  (void)found;
  static const char path[] = "/proc/thread-self/ns/pid_for_children";
  char own[64], theirs[64];
  const long size = kernel(SYS_readlinkat, AT_FDCWD, "/proc/thread-self/ns/pid", own, sizeof own);
  const long other = kernel(SYS_readlinkat, AT_FDCWD, path, theirs, sizeof theirs);
  if (size < 0) return 0;
  if (other >= 0) return size == other && memcmp(own, theirs, (size_t)size) == 0 ? 0 : VPOLL_CHILDREN_ENTER;
  const int fd = other == -ENOENT ? (int)kernel(SYS_openat, AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  kernel(SYS_close, fd);
  return VPOLL_CHILDREN_BEGIN;
}

static long init(struct found *found) {
  (void)found;
  return kernel(SYS_getpid) == 1;
}

static long subreaper(struct found *found) {
  (void)found;
  int is = 0;
  kernel(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0);
  return is;
}

static long class_of(long thread) {
  const long class = kernel(SYS_sched_getscheduler, thread);
  return class < 0 ? 0 : 1L << (class & ~SCHED_RESET_ON_FORK);
}

/* As getdents64(2) gives it. */
struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

/* The classes of all threads: a bit each. */
static long classes(struct found *found) {
  (void)found;
  long all = class_of(0);
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return all;
  _Alignas(struct entry) char bytes[2048];
  long n;
  while ((n = kernel(SYS_getdents64, fd, bytes, sizeof bytes)) > 0) {
    for (long at = 0; at < n;) {
      const struct entry *each = (const struct entry *)(bytes + at);
      long thread = 0;
      for (const char *digit = each->name; *digit >= '0' && *digit <= '9'; digit++) thread = 10 * thread + (*digit - '0');
      if (thread > 0) all |= class_of(thread);
      at += each->size;
    }
  }
  kernel(SYS_close, fd);
  return all;
}

/*
 * Whether a function runs for it. One that is ignored does no harm: nobody is told of our children (child.c), so nothing is different from SIG_DFL. Nor does a handler
 * hear of them; but a program that has one may wait for all children, with __WALL too.
 */
static long sigchld(struct found *found) {
  (void)found;
  // The kernel's structure, which begins with the handler, is no longer than this.
  uint64_t action[4] = {0};
  kernel(SYS_rt_sigaction, SIGCHLD, NULL, action, KERNEL_MASK_SIZE);
  return action[0] != (uintptr_t)SIG_DFL && action[0] != (uintptr_t)SIG_IGN;
}

static long (*const look[])(struct found *) = {
    [FACT_SECURE] = secure, [FACT_PROC] = proc,           [FACT_SECCOMP] = seccomp, [FACT_CHILDREN] = children,
    [FACT_INIT] = init,     [FACT_SUBREAPER] = subreaper, [FACT_CLASSES] = classes, [FACT_SIGCHLD] = sigchld,
};

const char *vpoll_why_no_start(bool is_asked_for) {
  static const struct {
    int fact;
    long may_be, forbids;
    const char *reason;
  } rules[] = VPOLL_RULES;
  struct found found = {0};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    const long harmful = is_asked_for ? rules[i].forbids : ~rules[i].may_be;
    if (harmful != 0 && look[rules[i].fact](&found) & harmful) return rules[i].reason;
  }
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Where the server of a whole machine's vpolls lives. It reads what any user sends, so it has nothing that is worth an attack: it is alone with an empty
 * mount, and has no capability. The kernel kills it at any call but those by which it reads, writes and gets memory.
 */
#include "serve.h"
#include "server.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

/* capabilities(7). The third version of the structures has two words of each set. */
static long drop_capabilities(void) {
  const struct {
    uint32_t version;
    int pid;
  } header = {.version = 0x20080522};
  static const struct {
    uint32_t effective, permitted, inheritable;
  } none[2];
  // The first number that the kernel doesn't know ends it. Without CAP_SETPCAP the bounding set stays, and is worth nothing under no_new_privs.
  for (long i = 0; kernel(SYS_prctl, PR_CAPBSET_DROP, i) == 0;) i++;
  return kernel(SYS_capset, &header, none);
}

/* struct sock_filter and struct sock_fprog of <linux/filter.h>, which not every libc brings. */
struct instruction {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t k;
};
struct program {
  uint16_t length;
  const struct instruction *code;
};
enum { LOAD = 0x20, JUMP_IF_EQUAL = 0x15, RETURN = 0x06 };
/* Offsets in struct seccomp_data. */
enum { NUMBER = 0, ARCHITECTURE = 4 };
enum { SECCOMP_MODE_FILTER_ = 2 };
#define ALLOW 0x7fff0000u
#define KILL_PROCESS 0x80000000u

/* AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
#ifdef __x86_64__
#define ARCH 0xc000003eu
#elif defined(__aarch64__)
#define ARCH 0xc00000b7u
#endif

/* seccomp(2): what a server calls. The numbers of x32 are others, and so killed. */
static long filter(void) {
#ifdef ARCH
  static const struct instruction code[] = {
      {LOAD, 0, 0, ARCHITECTURE},
      {JUMP_IF_EQUAL, 1, 0, ARCH},
      {RETURN, 0, 0, KILL_PROCESS},
      {LOAD, 0, 0, NUMBER},
#define MAY(call) {JUMP_IF_EQUAL, 0, 1, SYS_##call}, {RETURN, 0, 0, ALLOW},
      MAY(read) MAY(write) MAY(ppoll) MAY(fcntl) MAY(mmap) MAY(mremap) MAY(munmap) MAY(close) MAY(exit_group) MAY(restart_syscall)
#undef MAY
      {RETURN, 0, 0, KILL_PROCESS},
  };
  const struct program program = {.length = sizeof code / sizeof *code, .code = code};
  return kernel(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER_, &program);
#else
  return 0;
#endif
}

/* Leaves every mount, as root: 0 or -errno. */
static long leave_mounts(const char *name, const char **failed) {
  *failed = "unshare(CLONE_NEWNS)";
  long status = kernel(SYS_unshare, CLONE_NEWNS);
  if (status < 0) return status;
  *failed = "mount(MS_PRIVATE)";
  status = kernel(SYS_mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
  if (status < 0) return status;
  // A mount of ours that only the server saw would never end.
  *failed = "umount2";
  status = kernel(SYS_umount2, name, MNT_DETACH | UMOUNT_NOFOLLOW);
  if (status < 0) return status;
  // A root that is no mount point can't be left. Then it keeps a copy of the machine's mounts, of which it can open nothing.
  helper_leave();
  return 0;
}

long helper_lock_in(const char *name, const char **failed) {
  *failed = "chdir";
  long status = name != NULL ? leave_mounts(name, failed) : kernel(SYS_chdir, "/");
  if (status < 0) return status;
  *failed = "capset";
  status = drop_capabilities();
  if (status < 0) return status;
  *failed = "PR_SET_NO_NEW_PRIVS";
  status = kernel(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
  if (status < 0) return status;
  // A process of the same user can't look into it.
  *failed = "PR_SET_DUMPABLE";
  status = kernel(SYS_prctl, PR_SET_DUMPABLE, 0);
  if (status < 0) return status;
  *failed = "PR_SET_SECCOMP";
  return filter();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * A FUSE mount in a mount namespace of the helper's own, as root or, where that is refused, as root of a user namespace: no privilege is needed. It covers
 * /dev/fuse itself, which is there whenever FUSE is, and is taken out of the tree at once, with all others: it ends with the last descriptor of it.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char DEVICE[] = "/dev/fuse";

static int write_file(const char *path, const char *text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t n = write(fd, text, strlen(text));
  const int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : 0;
}

/* Becomes root of a user namespace in which nobody else is, user_namespaces(7). */
static const char *enter_user_namespace(void) {
  char users[64], groups[64];
  snprintf(users, sizeof users, "0 %u 1\n", geteuid());
  snprintf(groups, sizeof groups, "0 %u 1\n", getegid());
  if (unshare(CLONE_NEWUSER) < 0) return "unshare(CLONE_NEWUSER)";
  // Before Linux 3.19 there was no such file, and no need for it.
  if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) return "setgroups";
  if (write_file("/proc/self/uid_map", users) < 0) return "uid_map";
  if (write_file("/proc/self/gid_map", groups) < 0) return "gid_map";
  return NULL;
}

/*
 * Leaves every mount that the namespace was copied with, ours among them, for an empty one: a copy keeps a file system in use after its mount was taken away.
 * pivot_root(2) says why "." is both. It can't be done from the initial ramfs, nor in a chroot that is no mount point.
 */
static bool leave(void) {
  if (mount("vpoll", "/dev", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=555") < 0) return false;
  if (chdir("/dev") == 0 && syscall(SYS_pivot_root, ".", ".") == 0) return umount2(".", MNT_DETACH) == 0;
  // As it was: the caller takes our mount alone away.
  if (chdir("/") == 0) umount2("/dev", MNT_DETACH);
  return false;
}

/* Mounts by the rights that this process has now. The device must be opened in the namespace that mounts. */
static const char *mount_here(struct mounted *mounted, const char *owner) {
  char options[128];
  if (unshare(CLONE_NEWNS) < 0) return "unshare(CLONE_NEWNS)";
  // Nothing of what follows is to be seen outside.
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return "mount(MS_PRIVATE)";
  mounted->device = open(DEVICE, O_RDWR | O_CLOEXEC);
  if (mounted->device < 0) return "open(/dev/fuse)";
  snprintf(options, sizeof options, "fd=%d,rootmode=100666,%s", mounted->device, owner);
  const char *failed = "mount(fuse)";
  if (mount("vpoll", DEVICE, "fuse", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0) {
    failed = "open(O_PATH)";
    mounted->file = open(DEVICE, O_PATH | O_CLOEXEC);
    if (mounted->file >= 0 && (leave() || umount2(DEVICE, MNT_DETACH) == 0)) return NULL;
    if (mounted->file >= 0) failed = "umount2";
  }
  const int error = errno;
  close(mounted->device);
  errno = error;
  return failed;
}

const char *helper_mount(struct mounted *mounted) {
  if (geteuid() == 0) {
    char owner[64];
    snprintf(owner, sizeof owner, "user_id=0,group_id=%u,allow_other", getegid());
    if (mount_here(mounted, owner) == NULL) return NULL;
  }
  const char *failed = enter_user_namespace();
  return failed != NULL ? failed : mount_here(mounted, "user_id=0,group_id=0");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The file that `vpoll-fuse serve` mounts on. Its flock(2) is held from before the mount until after it. A lock that the kernel keeps leaves nothing behind,
 * however its holder ends. So where a mount of ours covers a file that nobody has locked, its holder was killed. src/fuse/claim.ts has the same rules.
 */
#include "claim.h"

#include "../core/policy.h"
#include "base.h"
#include "mountinfo.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>

enum refused {
#define X(name, code, text) REFUSED_##name,
  VPOLL_REFUSALS
#undef X
};

static bool refuse(struct refusal *why, enum refused which) {
  static const struct refusal refusals[] = {
#define X(name, code, text) {-code, #code, text},
      VPOLL_REFUSALS
#undef X
  };
  *why = refusals[which];
  return false;
}

static bool failed(struct refusal *why, long status) {
  *why = (struct refusal){.status = status, .text = "%s"};
  return false;
}

static long look(const char *name, struct stat *found) {
  return kernel(SYS_newfstatat, AT_FDCWD, name, found, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
}

/* The file below what is mounted on it, in a copy of the mount that it lies in; or -errno. */
static int open_below(const char *name) {
  const int tree = (int)kernel(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | O_CLOEXEC);
  if (tree < 0) return tree;
  const int fd = (int)kernel(SYS_openat, tree, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  kernel(SYS_close, tree);
  return fd;
}

/* Whether the mount of ours on `name` was left behind by who was killed; then it is taken away. Those who have a vpoll of it keep what serves them. */
static bool take_away(const char *name) {
  const int fd = open_below(name);
  if (fd < 0) return false;
  const bool is_left = kernel(SYS_flock, fd, LOCK_EX | LOCK_NB) == 0 && kernel(SYS_umount2, name, MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
  kernel(SYS_close, fd);
  return is_left;
}

/* Whether `name` can be mounted on or isn't there. `is_there` says which. */
static bool check(const char *name, bool *is_there, struct refusal *why) {
  struct stat found;
  // Before anything is asked of what is mounted there, whose server may be stopped.
  const enum mounted_by mounted = mounted_on(name);
  if (mounted == MOUNTED_OURS && !take_away(name)) return refuse(why, REFUSED_served);
  if (mounted == MOUNTED_ANOTHERS) return refuse(why, REFUSED_mounted);
  const long status = look(name, &found);
  *is_there = status == 0;
  if (!*is_there) return status == -ENOENT || failed(why, status);
  if (S_ISDIR(found.st_mode)) return refuse(why, REFUSED_directory);
  if (S_ISLNK(found.st_mode)) return refuse(why, REFUSED_link);
  if (!S_ISREG(found.st_mode)) return refuse(why, REFUSED_irregular);
  return found.st_size == 0 || refuse(why, REFUSED_full);
}

/* Whether `name` still leads to the open file, and to no mount on it. */
static bool leads_to(const char *name, int fd) {
  struct stat there, open;
  if (mounted_on(name) != MOUNTED_NOTHING || look(name, &there) < 0 || kernel_fstat(fd, &open) < 0) return false;
  return there.st_ino == open.st_ino && there.st_dev == open.st_dev;
}

/* What somebody has written to is kept, whatever bits it has. */
static bool is_made(int fd) {
  struct stat found;
  return kernel_fstat(fd, &found) == 0 && (found.st_mode & S_ISVTX) != 0 && found.st_size == 0;
}

/* One attempt: 1 where it is claimed, 0 where it was refused, -1 where it has come or gone meanwhile. */
static int attempt(struct claim *claim, const char *name, struct refusal *why) {
  bool is_there;
  if (!check(name, &is_there, why)) return 0;
  const int new = is_there ? 0 : O_CREAT | O_EXCL;
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | new, VPOLL_MADE_MODE);
  if (fd == (is_there ? -ENOENT : -EEXIST)) return -1;
  if (fd < 0) return failed(why, fd);
  const bool is_locked = kernel(SYS_flock, fd, LOCK_EX | LOCK_NB) == 0;
  // The process that had the lock before may have removed the file.
  if (is_locked && leads_to(name, fd)) {
    *claim = (struct claim){.fd = fd, .is_ours = is_made(fd)};
    return 1;
  }
  kernel(SYS_close, fd);
  return is_locked ? -1 : refuse(why, REFUSED_claimed);
}

bool helper_claim(struct claim *claim, const char *name, struct refusal *why) {
  for (int i = 0; i < VPOLL_TRIES; i++) {
    const int status = attempt(claim, name, why);
    if (status >= 0) return status == 1;
  }
  return refuse(why, REFUSED_fleeting);
}

void helper_let_go(const struct claim *claim, const char *name) {
  if (claim->is_ours && leads_to(name, claim->fd) && is_made(claim->fd)) kernel(SYS_unlinkat, AT_FDCWD, name, 0);
  kernel(SYS_close, claim->fd);
}

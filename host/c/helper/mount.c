/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * A FUSE mount in a mount namespace of the helper's own, as root or, where that is refused, as root of a user namespace: no privilege is needed. It covers
 * /dev/fuse itself, which is there whenever FUSE is, and is taken out of the tree at once, with all others. It ends with its last descriptor.
 */
#include "../core/policy.h"
#include "server.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* In the empty mount. */
static const char FILE_THERE[] = "/dev/" VPOLL_FILE;

/* What src/fuse/policy.ts says of the two ways here: in its order. */
static const struct {
  bool is_roots;
  const char *name, *options;
} mounts[] = VPOLL_MOUNTS;
enum { BY_ROOT, BY_NAMESPACE };

static long write_file(const char *path, const char *text) {
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const long n = kernel(SYS_write, fd, text, strlen(text));
  kernel(SYS_close, fd);
  return n < 0 ? n : 0;
}

static long failed(struct text *why, const char *call, long status) {
  text_add_failure(why, call, status);
  return status;
}

/* Becomes root of a user namespace in which nobody else is, user_namespaces(7). */
static long enter_user_namespace(struct text *why) {
  struct text users = {0}, groups = {0};
  text_add_with(&users, "0 %u 1\n", (uint64_t)kernel(SYS_geteuid));
  text_add_with(&groups, "0 %u 1\n", (uint64_t)kernel(SYS_getegid));
  long status = kernel(SYS_unshare, CLONE_NEWUSER);
  if (status < 0) return failed(why, "unshare(CLONE_NEWUSER)", status);
  // Before Linux 3.19 there was no such file, and no need for it.
  status = write_file("/proc/self/setgroups", "deny");
  if (status < 0 && status != -ENOENT) return failed(why, "setgroups", status);
  status = write_file("/proc/self/uid_map", users.bytes);
  if (status < 0) return failed(why, "uid_map", status);
  status = write_file("/proc/self/gid_map", groups.bytes);
  return status < 0 ? failed(why, "gid_map", status) : 0;
}

/* An empty mount over /dev, which is there whenever FUSE is. */
static bool cover(void) {
  return kernel(SYS_mount, "vpoll", "/dev", "tmpfs", VPOLL_MOUNT_FLAGS, "size=4k,mode=555") == 0;
}

/* Makes that mount the root, and the only one: whether it could. Else it is taken away. */
static bool step_into(void) {
  if (kernel(SYS_chdir, "/dev") == 0 && kernel(SYS_pivot_root, ".", ".") == 0) return kernel(SYS_umount2, ".", MNT_DETACH) == 0;
  if (kernel(SYS_chdir, "/") == 0) kernel(SYS_umount2, "/dev", MNT_DETACH);
  return false;
}

bool helper_leave(void) {
  return cover() && step_into();
}

/*
 * A descriptor of a copy of that mount and of ours in it, which nobody has in his namespace. By it our file can be opened by its name alone (openat(2)), also from a
 * root that has no /proc. Nothing else can be reached by it. Linux 5.2; before, or where that is forbidden, -errno.
 */
static long lend_tree(void) {
  return kernel(SYS_open_tree, AT_FDCWD, "/dev", OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE);
}

/* Mounts by the rights that this process has now. The device must be opened in the namespace that mounts. */
static long mount_here(struct mounted *mounted, const char *owner, struct text *why) {
  long status = kernel(SYS_unshare, CLONE_NEWNS);
  if (status < 0) return failed(why, "unshare(CLONE_NEWNS)", status);
  // Nothing of what follows is to be seen outside.
  status = kernel(SYS_mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
  if (status < 0) return failed(why, "mount(MS_PRIVATE)", status);
  const int device = (int)kernel(SYS_openat, AT_FDCWD, VPOLL_DEVICE, O_RDWR | O_CLOEXEC);
  if (device < 0) return failed(why, "open(/dev/fuse)", device);
  struct text options = {0};
  text_add_with(&options, "fd=%u,", (uint64_t)device);
  // Only root's names a group.
  text_add_with(&options, owner, (uint64_t)kernel(SYS_getegid));
  // Over the device itself, or where an empty mount over a file of that is possible.
  const bool is_covered = cover();
  const char *path = is_covered ? FILE_THERE : VPOLL_DEVICE;
  if (is_covered) kernel(SYS_mknodat, AT_FDCWD, path, S_IFREG, 0);
  const char *call = "mount(fuse)";
  int file = -1, tree = -1;
  status = kernel(SYS_mount, "vpoll", path, "fuse", VPOLL_MOUNT_FLAGS, options.bytes);
  if (status == 0) {
    call = "open(O_PATH)";
    status = file = (int)kernel(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
    if (is_covered) tree = (int)lend_tree();
  }
  if (status >= 0) {
    call = "umount2";
    // From now on it ends with its last descriptor.
    status = kernel(SYS_umount2, path, MNT_DETACH);
    if (is_covered) step_into();
  }
  if (status >= 0) {
    *mounted = (struct mounted){.device = device, .file = file, .tree = tree};
    return 0;
  }
  kernel(SYS_close, device);
  if (file >= 0) kernel(SYS_close, file);
  if (tree >= 0) kernel(SYS_close, tree);
  return failed(why, call, status);
}

static long mount_by_root(struct mounted *mounted, struct text *why) {
  // What fails there changes nothing here.
  if (mount_without_tree(mounted, mounts[BY_ROOT].options) == 0) return 0;
  return mount_here(mounted, mounts[BY_ROOT].options, why);
}

static long mount_by_namespace(struct mounted *mounted, struct text *why) {
  const long status = enter_user_namespace(why);
  return status < 0 ? status : mount_here(mounted, mounts[BY_NAMESPACE].options, why);
}

static bool is_root(uint32_t user) {
  return user == 0;
}

bool is_not_root(uint32_t user) {
  return user != 0;
}

static bool is_anybody(uint32_t user) {
  (void)user;
  return true;
}

const struct way helper_ways[] = {
    {"mount as root", is_root, mount_by_root},
    {"a user namespace", is_anybody, mount_by_namespace},
    {"fusermount3", is_not_root, mount_by_fusermount},
    {NULL, NULL, NULL},
};

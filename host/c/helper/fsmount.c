/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Root's FUSE mount without a tree to put it in: fsopen(2), fsconfig(2) and fsmount(2) (Linux 5.2) give a descriptor of a mount that nobody else sees. The mount
 * ends with its last descriptor. So no mount namespace is copied, which takes tens of milliseconds where a machine has thousands of mounts.
 */
#include "../core/policy.h"
#include "server.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#ifdef SYS_fsopen

/* linux/mount.h, which not every libc's sys/mount.h goes with. */
enum { OPEN_CLOEXEC = 1, SET_FLAG = 0, SET_STRING = 1, CREATE = 6, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_NOEXEC = 8, FROM_EMPTY_PATH = 4 };
#define ATTR_OF(name) ((VPOLL_MOUNT_FLAGS) & MS_##name ? ATTR_##name : 0)
enum { ATTRIBUTES = ATTR_OF(NOSUID) | ATTR_OF(NODEV) | ATTR_OF(NOEXEC) };
_Static_assert(((VPOLL_MOUNT_FLAGS) & ~(MS_NOSUID + MS_NODEV + MS_NOEXEC)) == 0, "each flag of mount(2) has its attribute");

/* Sets one option, `name` or `name=value`: 0 or -errno. */
static long set(int context, char *option) {
  char *value = option;
  while (*value != '=' && *value != '\0') value++;
  if (*value == '\0') return kernel(SYS_fsconfig, context, SET_FLAG, option, NULL, 0);
  *value = '\0';
  return kernel(SYS_fsconfig, context, SET_STRING, option, value + 1, 0);
}

/* Sets those of a text as mount(2) takes it, with commas between: 0 or -errno. */
static long set_all(int context, char *options) {
  for (;;) {
    char *end = options;
    while (*end != ',' && *end != '\0') end++;
    const bool is_last = *end == '\0';
    *end = '\0';
    const long status = set(context, options);
    if (status < 0 || is_last) return status;
    options = end + 1;
  }
}

/* A mount in no tree: a descriptor as O_PATH gives it, of its root; or -errno. */
static long mount_detached(const char *type, char *options) {
  const int context = (int)kernel(SYS_fsopen, type, OPEN_CLOEXEC);
  if (context < 0) return context;
  long status = set_all(context, options);
  if (status == 0) status = kernel(SYS_fsconfig, context, CREATE, NULL, NULL, 0);
  if (status == 0) status = kernel(SYS_fsmount, context, OPEN_CLOEXEC, ATTRIBUTES);
  kernel(SYS_close, context);
  return status;
}

/*
 * A folder of no namespace that has the mount as VPOLL_FILE and nothing else (see mount.c), or -1. A kernel before 6.15 puts no mount into what nobody has in his namespace:
 * there a library opens the file by /proc.
 */
static int make_folder(int mount) {
  char options[] = "size=4k,mode=555";
  const int folder = (int)mount_detached("tmpfs", options);
  if (folder < 0) return -1;
  kernel(SYS_mknodat, folder, VPOLL_FILE, S_IFREG, 0);
  if (kernel(SYS_move_mount, mount, "", folder, VPOLL_FILE, FROM_EMPTY_PATH) == 0) return folder;
  kernel(SYS_close, folder);
  return -1;
}

/* Goes where there is nothing, so that no file system of the machine is in use because we are there. */
static void leave(void) {
  char options[] = "size=4k,mode=555";
  const int empty = (int)mount_detached("tmpfs", options);
  if (empty < 0) return;
  if (kernel(SYS_fchdir, empty) == 0) kernel(SYS_chroot, ".");
  kernel(SYS_close, empty);
}

long mount_without_tree(struct mounted *mounted, const char *owner) {
  const int device = (int)kernel(SYS_openat, AT_FDCWD, VPOLL_DEVICE, O_RDWR | O_CLOEXEC);
  if (device < 0) return device;
  struct text options = {0};
  text_add_with(&options, "fd=%u,", (uint64_t)device);
  text_add_with(&options, owner, (uint64_t)kernel(SYS_getegid));
  const int file = (int)mount_detached("fuse", options.bytes);
  if (file < 0) {
    kernel(SYS_close, device);
    return file;
  }
  leave();
  *mounted = (struct mounted){.device = device, .file = file, .tree = make_folder(file)};
  return 0;
}

#else

long mount_without_tree(struct mounted *mounted, const char *owner) {
  (void)mounted, (void)owner;
  return -ENOSYS;
}

#endif

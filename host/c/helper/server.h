/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parts of the helper: ways to a mount, and the server behind it. */
#ifndef VPOLL_HELPER_SERVER_H
#define VPOLL_HELPER_SERVER_H

#include "base.h"

/* The outcome of a mount. */
struct mounted {
  /* /dev/fuse, and an O_PATH descriptor of the mount's one file, which is in no tree any more. */
  int device, file;
  /* A folder that has the file as VPOLL_FILE and nothing else, and can't be left; or -1. */
  int tree;
};

/* A way to a mount. It changes the process, so each is tried in one of its own, which has one thread. */
struct way {
  const char *name;
  /* Whether it is one for this user. */
  bool (*is_for)(uint32_t user);
  /* 0; or -errno, with what failed in `why`, or nothing where somebody else has said it to descriptor 2. */
  long (*mount)(struct mounted *, struct text *why);
};

/* As root; in a user namespace (mount.c); by fusermount3 (fusermount.c). In the order in which they are tried; ends with one that has no name. */
extern const struct way helper_ways[];

/* Of the helper and of what mounts for it. */
#define VPOLL_DEVICE "/dev/fuse"

/* As root, with the options of src/fuse/policy.ts, where the kernel knows mounts that are in no tree (fsmount.c): 0 or -errno, and then nothing has changed. */
long mount_without_tree(struct mounted *, const char *owner);
/*
 * Leaves every mount that the namespace was copied with, ours among them, for an empty one: whether it could. A copy keeps a file system in use after its mount was
 * taken away. pivot_root(2) says why "." is both. It can't be done from the initial ramfs, nor in a chroot that is no mount point.
 */
bool helper_leave(void);

bool is_not_root(uint32_t user);
long mount_by_fusermount(struct mounted *, struct text *why);

/* Has fusermount3 mount on a file of the working directory, for this user alone: /dev/fuse, or -errno with what it has said. And has the mount taken away. */
long fusermount_on(char *name, struct text *why);
void fusermount_off(char *name);

/* As many vpolls for each user as there are numbers. */
#define NO_LIMIT UINT32_MAX

/* Serves /dev/fuse, so many vpolls for each user, until the mount ends: 0, or an errno where the device fails otherwise. */
int helper_serve(int device, uint32_t user_max);

/* The same, for the users of a whole machine: they take turns, so that nobody waits for the requests of another (assembly/fuse/turns.ts). */
int helper_serve_in_turn(int device, uint32_t user_max);

#endif

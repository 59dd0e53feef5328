/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two halves of the helper: a mount of its own, and the server behind it. */
#ifndef VPOLL_HELPER_SERVER_H
#define VPOLL_HELPER_SERVER_H

/* What a mount came to. */
struct mounted {
  /* /dev/fuse, and an O_PATH descriptor of the mount's one file, which is in no tree any more. */
  int device, file;
};

/* Mounts in a mount namespace of this process: NULL, or the name of the call that failed last, with errno. The process must have one thread. */
const char *helper_mount(struct mounted *mounted);

/* Serves until the mount ends: 0, or an errno where /dev/fuse fails otherwise. */
int helper_serve(int device);

#endif

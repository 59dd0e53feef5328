/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file that `vpoll-fuse serve` mounts on, as one program's at a time. */
#ifndef VPOLL_HELPER_CLAIM_H
#define VPOLL_HELPER_CLAIM_H

#include <stdbool.h>

/* A file that nobody else serves. */
struct claim {
  /* The descriptor that holds its flock(2). */
  int fd;
  /* Whether the file was made to be served, and is to go with the mount. */
  bool is_ours;
};

/* Why a file can't be claimed: `text` with the path for its %s, and the errno by name where it isn't `status`. */
struct refusal {
  long status;
  const char *code, *text;
};

/*
 * Claims `name` of the working directory, and makes it where there is none: whether it could. What is served by nobody any more is taken away first: a mount of
 * ours whose file is locked by nobody.
 */
bool helper_claim(struct claim *claim, const char *name, struct refusal *why);

/* Lets the file go, and removes it if it was made to be served. The mount is gone. */
void helper_let_go(const struct claim *claim, const char *name);

#endif

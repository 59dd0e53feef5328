/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The helper of the fuse backend: a process that serves /dev/fuse (helper/main.c), started at the first need. */
#ifndef VPOLL_FUSE_H
#define VPOLL_FUSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A new vpoll on `backend`, which may be AUTO: its descriptor or -errno. Where it is the helper's turn and there is none, or it has died, one is started if
 * it may be. Where it can't be, and nobody has asked for it (AUTO, no `needs`), the next backend serves.
 */
int vpoll_create_with_helper(int backend, uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start);

/* Starts a helper, whether or not it is harmless, unless there is one that answers: 0 or -errno. */
int vpoll_prepare_helper(void);

/*
 * Why none was started, when that was tried or forbidden last: a reason, or NULL and the error of its start, or 0. `missing`: the path at which the start found no
 * program, empty where the build's $ORIGIN is no folder to trust; or NULL. Takes no lock.
 */
const char *vpoll_why_no_helper(int *error, const char **missing);

#endif

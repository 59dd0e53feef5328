/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The helper of the fuse backend: a process that serves /dev/fuse (helper/main.c), started at the first need. */
#ifndef VPOLL_FUSE_H
#define VPOLL_FUSE_H

#include <stdbool.h>
#include <stdint.h>

/* A new vpoll of the helper, which, if it may, is started when there is none and replaced when it has died: its descriptor or -errno. */
int vpoll_create_on_fuse(uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the environment says, read by secure_getenv(3): a program that runs with another's privileges ignores it. */
#ifndef VPOLL_SETTINGS_H
#define VPOLL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct vpoll_settings {
  /* Of the enum in backends.h. VPOLL_BACKEND. */
  int backend;
  /* Bits of which every subset must be possible. VPOLL_NEEDS. */
  uint32_t needs;
  /* VPOLL_ORDER=seed. */
  bool is_seed_order;
  /* VPOLL_STRICT=1 or passing. */
  bool is_strict;
  /* VPOLL_STRICT=passing. */
  bool may_pass;
  /* VPOLL_FUSE=off. */
  bool is_fuse_off;
  /* The variable that says nothing that is known, where one does. */
  const char *wrong;
};

extern const char *const vpoll_backend_names[];

/* 0, or -EINVAL where a variable is wrong. */
int vpoll_read_settings(struct vpoll_settings *settings);

#endif

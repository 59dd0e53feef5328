/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The vpolls of a helper, by handle: one for each open file. */
#ifndef VPOLL_HELPER_VPOLLS_H
#define VPOLL_HELPER_VPOLLS_H

#include <stdbool.h>
#include <stdint.h>

struct vpoll {
  /* The kernel's name for the file's waiters, once it has asked. */
  uint64_t kh;
  uint32_t events;
  bool is_used, is_writable, is_waited_for;
};

/* A new one that shows nothing: its handle, or -ENOMEM. */
int64_t vpolls_open(bool is_writable);
/* NULL where there is none of that handle. Good until the next open. */
struct vpoll *vpolls_get(uint64_t handle);
void vpolls_release(uint64_t handle);

#endif

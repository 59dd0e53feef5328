/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vpolls.h"

#include <errno.h>
#include <stdlib.h>

static struct vpoll *all;
/* Handles that were ever given, room for them, and where a free one may be. */
static uint64_t count, room, hint;

/* The kernel asks for nothing after a release, so a handle can be given again. */
static uint64_t find_free(void) {
  for (; hint < count; hint++) {
    if (!all[hint].is_used) return hint;
  }
  return count;
}

int64_t vpolls_open(bool is_writable) {
  const uint64_t handle = find_free();
  if (handle == room) {
    const uint64_t more = room == 0 ? 64 : room * 2;
    struct vpoll *moved = realloc(all, more * sizeof *moved);
    if (moved == NULL) return -ENOMEM;
    all = moved;
    room = more;
  }
  if (handle == count) count++;
  hint = handle + 1;
  all[handle] = (struct vpoll){.is_used = true, .is_writable = is_writable};
  return (int64_t)handle;
}

struct vpoll *vpolls_get(uint64_t handle) {
  return handle < count && all[handle].is_used ? &all[handle] : NULL;
}

void vpolls_release(uint64_t handle) {
  if (vpolls_get(handle) == NULL) return;
  all[handle].is_used = false;
  if (handle < hint) hint = handle;
}

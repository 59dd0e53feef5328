/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vpolls.h"

#include <errno.h>
#include <stdlib.h>

/* How many threads are told apart. */
static const uint32_t THREADS_MAX = 1024;
/* Of the waiters that have not asked themselves: those whom a change reaches at once. */
static const uint32_t SPARE = 16;

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
  free(all[handle].threads);
  all[handle] = (struct vpoll){.is_used = false};
  if (handle < hint) hint = handle;
}

/* Whether the thread is there; it comes first then: it may well be the next again. */
static bool is_known(struct vpoll *vpoll, uint32_t thread) {
  uint32_t i = 0;
  while (i < vpoll->thread_count && vpoll->threads[i] != thread) i++;
  if (i == vpoll->thread_count) return false;
  vpoll->threads[i] = vpoll->threads[0];
  vpoll->threads[0] = thread;
  return true;
}

bool vpoll_note(struct vpoll *vpoll, uint32_t thread) {
  if (vpoll->asked < UINT32_MAX) vpoll->asked++;
  const uint32_t before = vpoll->thread_count;
  if (is_known(vpoll, thread) || before == THREADS_MAX) return false;
  // There is room for a power of two of them. Without memory nobody is new.
  if ((before & (before - 1)) == 0) {
    uint32_t *moved = realloc(vpoll->threads, (before == 0 ? 1 : 2 * before) * sizeof *moved);
    if (moved == NULL) return false;
    vpoll->threads = moved;
  }
  vpoll->threads[vpoll->thread_count++] = thread;
  return (vpoll->thread_count & before) == 0;
}

uint32_t vpoll_count_for_all(const struct vpoll *vpoll) {
  // One that is alone would see an edge twice.
  if (vpoll->thread_count == 1) return 1;
  const uint32_t count = 2 * vpoll->thread_count + SPARE;
  return vpoll->asked < count ? vpoll->asked : count;
}

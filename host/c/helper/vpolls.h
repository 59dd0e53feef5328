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
  /* How often somebody asked who waits, and which threads did. */
  uint32_t asked, thread_count;
  uint32_t *threads;
};

/* A new one that shows nothing: its handle, or -ENOMEM. */
int64_t vpolls_open(bool is_writable);
/* NULL where there is none of that handle. Good until the next open. */
struct vpoll *vpolls_get(uint64_t handle);
void vpolls_release(uint64_t handle);
/* Notes that a thread waits and asks what the file shows. Whether it is new, and the number of threads a power of two now. */
bool vpoll_note(struct vpoll *vpoll, uint32_t thread);
/*
 * How many notifies reach every waiter. One has no key, and of the EPOLLEXCLUSIVE waiters that sleep it wakes one. While notifies are written nobody whom they
 * woke gets an answer, so nobody sleeps again, and n of them wake n. Each waiter was registered by a thread that asked then, so that there are no more than were
 * asked for; mostly they are no more than threads, for a thread watches what it has registered. Where another one does, it is new when it looks, and has more
 * woken: all at once up to SPARE, and beyond by doubling.
 */
uint32_t vpoll_count_for_all(const struct vpoll *vpoll);

#endif

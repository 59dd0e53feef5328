/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An io_uring by its system calls alone, one request at a time. liburing would be one more thing that a guest must have. */
#ifndef VPOLL_TEST_RING_H
#define VPOLL_TEST_RING_H

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>

#include "guest.h"

#define RING_ENTRIES 8

struct ring {
  int fd;
  unsigned entries;
  unsigned *sq_tail, *sq_array, *cq_head, *cq_tail;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
  size_t sq_size, cq_size;
  void *sq, *cq;
};

static inline void *ring_map(int fd, size_t size, off_t offset) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
}

/** 0, or -errno. */
static inline int ring_open(struct ring *ring) {
  struct io_uring_params params = {0};
  ring->fd = result(syscall(SYS_io_uring_setup, RING_ENTRIES, &params));
  if (ring->fd < 0) return ring->fd;
  ring->sq_size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  ring->cq_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *sq = ring->sq = ring_map(ring->fd, ring->sq_size, IORING_OFF_SQ_RING);
  char *cq = ring->cq = ring_map(ring->fd, ring->cq_size, IORING_OFF_CQ_RING);
  ring->sqes = ring_map(ring->fd, RING_ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  if (ring->sq == MAP_FAILED || ring->cq == MAP_FAILED || ring->sqes == MAP_FAILED) return -errno;
  ring->entries = params.cq_entries;
  ring->sq_tail = (unsigned *)(sq + params.sq_off.tail);
  ring->sq_array = (unsigned *)(sq + params.sq_off.array);
  ring->cq_head = (unsigned *)(cq + params.cq_off.head);
  ring->cq_tail = (unsigned *)(cq + params.cq_off.tail);
  ring->cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
  return 0;
}

static inline void ring_close(struct ring *ring) {
  munmap(ring->sqes, RING_ENTRIES * sizeof(struct io_uring_sqe));
  munmap(ring->cq, ring->cq_size);
  munmap(ring->sq, ring->sq_size);
  close(ring->fd);
}

/** Submits one request: 1, or -errno. */
static inline long ring_submit(struct ring *ring, struct io_uring_sqe request) {
  ring->sqes[0] = request;
  ring->sq_array[*ring->sq_tail & (RING_ENTRIES - 1)] = 0;
  __atomic_fetch_add(ring->sq_tail, 1, __ATOMIC_RELEASE);
  return result(syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0));
}

/** Takes a completion that is there: 1, or 0 where there is none. */
static inline int ring_take(struct ring *ring, struct io_uring_cqe *entry) {
  unsigned head = *ring->cq_head;
  // Completions that are queued as task work are run by any enter.
  syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
  if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) return 0;
  *entry = ring->cqes[head & (ring->entries - 1)];
  __atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
  return 1;
}

/** Waits for a completion: its result, or -ETIME where none comes. */
static inline int ring_wait(struct ring *ring, struct io_uring_cqe *entry) {
  struct pollfd is_filled = {ring->fd, POLLIN, 0};
  for (int slice = 0; slice < LONG_MS / 100; slice++) {
    if (ring_take(ring, entry)) return entry->res;
    poll(&is_filled, 1, 100);
  }
  return -ETIME;
}

/** Submits one request and waits for its result. */
static inline int ring_do(struct ring *ring, struct io_uring_sqe request) {
  struct io_uring_cqe entry;
  long submitted = ring_submit(ring, request);
  return submitted == 1 ? ring_wait(ring, &entry) : submitted;
}

#endif

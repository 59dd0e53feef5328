// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: io_uring's polls. One shot gives one completion; multishot one for each ADD, none for a DEL, and goes on; a vpoll is no
// eventfd that a ring could signal.

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>

#include "guest.h"

struct ring {
  int fd;
  unsigned entries;
  unsigned *sq_tail, *sq_array, *cq_head, *cq_tail;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
};

static void *map(int fd, size_t size, off_t offset) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
}

static int open_ring(struct ring *ring) {
  struct io_uring_params params = {0};
  ring->fd = result(syscall(SYS_io_uring_setup, 8, &params));
  if (ring->fd < 0) return ring->fd;
  char *sq = map(ring->fd, params.sq_off.array + params.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
  char *cq = map(ring->fd, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
  ring->sqes = map(ring->fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  ring->entries = params.cq_entries;
  ring->sq_tail = (unsigned *)(sq + params.sq_off.tail);
  ring->sq_array = (unsigned *)(sq + params.sq_off.array);
  ring->cq_head = (unsigned *)(cq + params.cq_off.head);
  ring->cq_tail = (unsigned *)(cq + params.cq_off.tail);
  ring->cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
  return 0;
}

static void poll_add(struct ring *ring, int fd, unsigned events, unsigned flags) {
  ring->sqes[0] = (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = events, .len = flags};
  ring->sq_array[*ring->sq_tail & 7] = 0;
  __atomic_fetch_add(ring->sq_tail, 1, __ATOMIC_RELEASE);
  equal("submit", syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0), 1);
}

/** Takes a completion: its events, 0 where there is none, or -errno. `more` says whether the poll goes on. */
static int completion(struct ring *ring, int *more) {
  syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
  unsigned head = *ring->cq_head;
  if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) return 0;
  struct io_uring_cqe *entry = &ring->cqes[head & (ring->entries - 1)];
  int events = entry->res;
  *more = (entry->flags & IORING_CQE_F_MORE) != 0;
  __atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
  return events;
}

static void one_shot(struct ring *ring) {
  int fd = need_vpoll(0), more = 0;
  poll_add(ring, fd, POLLIN, 0);
  equal("nothing yet", completion(ring, &more), 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("not for PRI", completion(ring, &more), 0);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("IN", completion(ring, &more), POLLIN);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("once", completion(ring, &more), 0);
  close(fd);
}

static void multishot(struct ring *ring) {
  int fd = need_vpoll(0), more = 0;
  poll_add(ring, fd, POLLIN | POLLPRI, IORING_POLL_ADD_MULTI);
  for (int i = 0; i < 3; i++) {
    by_ioctl(fd, ADD, EPOLLIN);
    equal("each ADD", completion(ring, &more), POLLIN);
    check("it goes on", more);
  }
  // Not PRI alone: io_poll_wake() leaves PRI out when it compares a key (IO_ASYNC_POLL_COMMON), whatever file it comes from.
  by_ioctl(fd, ADD, EPOLLPRI | EPOLLIN);
  equal("both", completion(ring, &more), POLLIN | POLLPRI);
  by_ioctl(fd, DEL, EPOLLPRI);
  equal("a DEL", completion(ring, &more), 0);
  equal("EPOLL_URING_WAKE would end it", by_ioctl(fd, ADD, 1ul << 27 | EPOLLIN), -EINVAL);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("one more", completion(ring, &more), POLLIN);
  check("and on", more);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  struct ring ring;
  int fd = need_vpoll(0);
  equal("io_uring_setup", open_ring(&ring), 0);
  if (failed) return end();
  one_shot(&ring);
  multishot(&ring);
  equal("a vpoll as the ring's eventfd", result(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_EVENTFD, &fd, 1)),
        -EINVAL);
  return end();
}

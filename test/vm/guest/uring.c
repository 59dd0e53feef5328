// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: io_uring's polls. One shot gives one completion; multishot one for each ADD, none for a DEL, and goes on; one that is
// removed ends; a vpoll is no eventfd that a ring could signal.

#include "ring.h"

static void poll_add(struct ring *ring, int fd, unsigned events, unsigned flags) {
  struct io_uring_sqe request = {
      .opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = events, .len = flags, .user_data = fd};
  equal("submit", ring_submit(ring, request), 1);
}

/** Takes a completion: its events, 0 where there is none, or -errno. `more` says whether the poll goes on. */
static int completion(struct ring *ring, int *more) {
  struct io_uring_cqe entry;
  if (!ring_take(ring, &entry)) return 0;
  *more = (entry.flags & IORING_CQE_F_MORE) != 0;
  return entry.res;
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
  poll_add(ring, fd, POLLIN, 0);
  equal("what is set already", completion(ring, &more), POLLIN);
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

  struct io_uring_sqe remove = {.opcode = IORING_OP_POLL_REMOVE, .addr = fd, .user_data = 1};
  int first = ring_do(ring, remove), second = completion(ring, &more);
  check("a removal and the end of the poll", (first == 0 && second == -ECANCELED) || (first == -ECANCELED && second == 0));
  by_ioctl(fd, ADD, EPOLLIN);
  equal("nothing after it", completion(ring, &more), 0);
  close(fd);
}

/** A poll that nobody removes holds its file; the ring's end is its end. */
static void abandoned(void) {
  struct ring ring;
  int fd = need_vpoll(0);
  equal("io_uring_setup", ring_open(&ring), 0);
  poll_add(&ring, fd, POLLIN, IORING_POLL_ADD_MULTI);
  close(fd);
  ring_close(&ring);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  struct ring ring;
  int fd = need_vpoll(0);
  equal("io_uring_setup", ring_open(&ring), 0);
  if (failed) return end();
  one_shot(&ring);
  multishot(&ring);
  equal("a vpoll as the ring's eventfd", result(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_EVENTFD, &fd, 1)),
        -EINVAL);
  ring_close(&ring);
  abandoned();
  return end();
}

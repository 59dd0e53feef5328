// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: requests and reads by io_uring instead of write(2) and read(2), linked ones too; IORING_OP_EPOLL_CTL takes a vpoll.

#include "ring.h"

static struct io_uring_sqe request(int fd, const uint64_t *word) {
  return (struct io_uring_sqe){.opcode = IORING_OP_WRITE, .fd = fd, .addr = (uintptr_t)word, .len = 8, .off = -1};
}

static struct io_uring_sqe reading(int fd, uint64_t *word, unsigned size) {
  return (struct io_uring_sqe){.opcode = IORING_OP_READ, .fd = fd, .addr = (uintptr_t)word, .len = size, .off = -1};
}

static uint64_t word_of(uint32_t op, uint32_t events) {
  return (uint64_t)op << 32 | events;
}

static void reads_and_writes(struct ring *ring) {
  int fd = need_vpoll(0), epfd = watch(fd, EPOLLIN | EPOLLET);
  uint64_t add = word_of(ADD, EPOLLIN | EPOLLHUP), del = word_of(DEL, EPOLLHUP), bad = word_of(ADD, POLLFREE), word = 0;
  // Without write_iter, io_uring first waits until the file is writable, and a vpoll need never show OUT.
  equal("ADD", ring_do(ring, request(fd, &add)), 8);
  if (failed) return; // each wait would take its full time
  equal("an edge", wait_ms(epfd, 0), EPOLLIN | EPOLLHUP);
  equal("DEL", ring_do(ring, request(fd, &del)), 8);
  equal("no edge", wait_ms(epfd, 0), 0);
  equal("a refusal", ring_do(ring, request(fd, &bad)), -EINVAL);
  equal("a read", ring_do(ring, reading(fd, &word, 8)), 8);
  equal("what is set", word, EPOLLIN);
  equal("a short read", ring_do(ring, reading(fd, &word, 7)), -EINVAL);
  by_ioctl(fd, SET, 0);
  equal("a read of nothing doesn't wait", ring_do(ring, reading(fd, &word, 8)), 8);
  equal("nothing", word, 0);
  close(epfd);
  close(fd);
}

/** A request linked behind a poll: io_uring's way to answer an event. */
static void linked(struct ring *ring) {
  int fd = need_vpoll(0), answer = need_vpoll(0);
  uint64_t add = word_of(ADD, EPOLLOUT);
  struct io_uring_sqe wait = {.opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = EPOLLIN, .flags = IOSQE_IO_LINK};
  struct io_uring_cqe entry;
  ring->sqes[0] = wait;
  ring->sqes[1] = request(answer, &add);
  for (unsigned i = 0; i < 2; i++) ring->sq_array[(*ring->sq_tail + i) & (RING_ENTRIES - 1)] = i;
  __atomic_fetch_add(ring->sq_tail, 2, __ATOMIC_RELEASE);
  equal("two requests", result(syscall(SYS_io_uring_enter, ring->fd, 2, 0, 0, NULL, 0)), 2);
  equal("neither is done", ring_take(ring, &entry), 0);
  equal("no answer", shown(answer), 0);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("the poll", ring_wait(ring, &entry), EPOLLIN);
  equal("the request behind it", ring_wait(ring, &entry), 8);
  equal("the answer", shown(answer), EPOLLOUT);
  close(answer);
  close(fd);
}

static void epoll_ctl_by_ring(struct ring *ring) {
  int fd = need_vpoll(0), epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLPRI | EPOLLET};
  struct io_uring_sqe add = {
      .opcode = IORING_OP_EPOLL_CTL, .fd = epfd, .len = EPOLL_CTL_ADD, .off = fd, .addr = (uintptr_t)&event};
  equal("EPOLL_CTL_ADD", ring_do(ring, add), 0);
  equal("twice", ring_do(ring, add), -EEXIST);
  for (int i = 0; i < 2; i++) {
    by_ioctl(fd, ADD, EPOLLPRI);
    equal("an edge for each ADD", wait_ms(epfd, 0), EPOLLPRI);
    equal("once", wait_ms(epfd, 0), 0);
  }
  add.len = EPOLL_CTL_DEL;
  equal("EPOLL_CTL_DEL", ring_do(ring, add), 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("nothing", wait_ms(epfd, 0), 0);
  close(epfd);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  struct ring ring;
  equal("io_uring_setup", ring_open(&ring), 0);
  if (failed) return end();
  reads_and_writes(&ring);
  if (failed) return end();
  linked(&ring);
  epoll_ctl_by_ring(&ring);
  ring_close(&ring);
  return end();
}

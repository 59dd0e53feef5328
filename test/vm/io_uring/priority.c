// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: an io_uring poll that asks for PRI gets it, alone or with IN, when PRI is there, and only then: over a TCP socket with an urgent byte, and over a vpoll. What
// mainline does without linux_patch/io_uring is said by the suite priority (test/vm/suites), which runs this in kernels of both kinds.

#include "../guest/ring.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void poll_add(struct ring *ring, int fd, unsigned events, unsigned flags) {
  struct io_uring_sqe request = {
      .opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = events, .len = flags, .user_data = fd};
  equal("submit", ring_submit(ring, request), 1);
}

/** Ends the poll on `fd`, and takes what is still to come of it. */
static void poll_end(struct ring *ring, int fd) {
  struct io_uring_sqe remove = {.opcode = IORING_OP_POLL_REMOVE, .addr = fd, .user_data = 1};
  struct io_uring_cqe entry;
  ring_submit(ring, remove);
  for (int taken = 0; taken < 2; taken += entry.user_data == 1 || entry.res == -ECANCELED)
    if (ring_wait(ring, &entry) == -ETIME) break;
}

/** Takes a completion: its events, 0 where there is none, or -errno. */
static int completion(struct ring *ring) {
  struct io_uring_cqe entry;
  return ring_take(ring, &entry) ? entry.res : 0;
}

/** Two ends of a TCP connection. */
static void connect_pair(int ends[2]) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ends[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int is_made = bind(listener, (struct sockaddr *)&at, size) == 0 && listen(listener, 1) == 0 &&
                getsockname(listener, (struct sockaddr *)&at, &size) == 0 && connect(ends[1], (struct sockaddr *)&at, size) == 0;
  ends[0] = accept(listener, NULL, NULL);
  check("a connection", is_made && ends[0] >= 0);
  close(listener);
}

/** Waits until poll(2) shows `events`: what was sent has arrived. */
static void until_shown(int fd, short events) {
  struct pollfd entry = {fd, events, 0};
  equal("arrived", poll(&entry, 1, LONG_MS) == 1 ? entry.revents : 0, events);
}

static void urgent_byte(struct ring *ring, unsigned flags, const char *what) {
  int ends[2];
  connect_pair(ends);
  poll_add(ring, ends[0], POLLPRI, flags);
  equal("ordinary data", send(ends[1], "data", 4, 0), 4);
  until_shown(ends[0], POLLIN);
  equal("PRI for ordinary data", completion(ring), 0);
  equal("an urgent byte", send(ends[1], "!", 1, MSG_OOB), 1);
  until_shown(ends[0], POLLPRI);
  int events = completion(ring);
  equal(what, events, POLLPRI);
  if (events == 0 || flags) poll_end(ring, ends[0]);
  close(ends[0]);
  close(ends[1]);
}

/** A socket's wakeup for data names PRI as well (sock_def_readable(), net/core/sock.c); a poll must not. */
static void data_alone(struct ring *ring) {
  int ends[2];
  connect_pair(ends);
  poll_add(ring, ends[0], POLLIN | POLLPRI, 0);
  equal("data", send(ends[1], "data", 4, 0), 4);
  until_shown(ends[0], POLLIN);
  equal("IN alone for data, of IN and PRI", completion(ring), POLLIN);
  close(ends[0]);
  close(ends[1]);
}

/** An exchange that a receive waits for: its own poll always has PRI, and nothing of that is seen. */
static void receive(struct ring *ring) {
  int ends[2];
  char byte = 0;
  struct io_uring_sqe request = {.opcode = IORING_OP_RECV, .addr = (uintptr_t)&byte, .len = 1};
  struct io_uring_cqe entry;
  connect_pair(ends);
  request.fd = ends[0];
  equal("a receive", ring_submit(ring, request), 1);
  equal("waits", completion(ring), 0);
  equal("data", send(ends[1], "d", 1, 0), 1);
  equal("and gets it", ring_wait(ring, &entry), 1);
  equal("the byte", byte, 'd');
  close(ends[0]);
  close(ends[1]);
}

static void one_shot(struct ring *ring) {
  int fd = need_vpoll(0);
  poll_add(ring, fd, POLLIN, 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("a poll for IN sleeps on", completion(ring), 0);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("until IN", completion(ring), POLLIN);
  by_ioctl(fd, SET, 0);
  poll_add(ring, fd, POLLPRI, 0);
  by_ioctl(fd, ADD, EPOLLOUT);
  equal("a poll for PRI sleeps on", completion(ring), 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  int events = completion(ring);
  equal("until PRI, of a vpoll", events, POLLPRI);
  if (events == 0) poll_end(ring, fd);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("once", completion(ring), 0);
  close(fd);
}

static void multishot(struct ring *ring) {
  int fd = need_vpoll(0);
  poll_add(ring, fd, POLLIN | POLLPRI, IORING_POLL_ADD_MULTI);
  for (int i = 0; i < 3; i++) {
    by_ioctl(fd, ADD, EPOLLPRI);
    equal("each ADD of PRI, multishot", completion(ring), POLLPRI);
  }
  by_ioctl(fd, DEL, EPOLLPRI);
  equal("a DEL", completion(ring), 0);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("IN, after it", completion(ring), POLLIN);
  by_ioctl(fd, ADD, EPOLLPRI | EPOLLIN);
  equal("both", completion(ring), POLLIN | POLLPRI);
  poll_end(ring, fd);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  struct ring ring;
  equal("io_uring_setup", ring_open(&ring), 0);
  if (failed) return end();
  urgent_byte(&ring, 0, "PRI alone, of a TCP socket");
  urgent_byte(&ring, IORING_POLL_ADD_MULTI, "PRI alone, of a TCP socket, multishot");
  data_alone(&ring);
  receive(&ring);
  one_shot(&ring);
  multishot(&ring);
  ring_close(&ring);
  return end();
}

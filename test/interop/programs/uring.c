/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <liburing.h>
#include <string.h>
#include "turns.h"

/*
 * io_uring completes a poll with the bits of the wake-up's key (io_poll_wake in io_uring/poll.c), not with a new look at the file. A
 * unix socket's wake-up for readers names PRI beside IN (sock_def_readable): a poll that asks for PRI (`uring pri`) is told of it.
 * io_uring itself adds RDHUP to what is asked for.
 */
int main(int argc, char **argv)
{
  unsigned interest = POLLIN | POLLOUT | (argc > 1 && !strcmp(argv[1], "pri") ? POLLPRI : 0);
  struct io_uring ring;
  int status = io_uring_queue_init(8, &ring, 0);

  if (status < 0) {
    errno = -status;
    fail("io_uring_queue_init");
  }
  for (int first = 1;; first = 0) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    struct io_uring_cqe *cqe;
    unsigned events;

    io_uring_prep_poll_add(sqe, 3, interest);
    io_uring_submit(&ring);
    /* From here on it is a wake-up that completes the poll. */
    if (first)
      say("waits");
    if (io_uring_wait_cqe(&ring, &cqe) < 0 || cqe->res < 0)
      fail("io_uring");
    events = (unsigned)cqe->res;
    io_uring_cqe_seen(&ring, cqe);
    turn(events);
  }
}

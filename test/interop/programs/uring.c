/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <liburing.h>
#include <string.h>
#include "turns.h"

/*
 * io_uring completes a poll with the bits of the wake-up's key (io_poll_wake in io_uring/poll.c), not with a new look at the file, and a
 * unix socket's wake-up for readers names PRI beside IN (sock_def_readable): who asks for PRI here is told of it. RDHUP it adds
 * itself to what is asked for.
 */
int main(void)
{
  struct io_uring ring;
  int status = io_uring_queue_init(8, &ring, 0);

  if (status < 0) {
    /* A kernel that was told to have none is no failure of the test. */
    printf("no io_uring: %s\n", strerror(-status));
    return 0;
  }
  say("waits");
  for (;;) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    struct io_uring_cqe *cqe;
    unsigned events;

    io_uring_prep_poll_add(sqe, 3, POLLIN | POLLOUT);
    io_uring_submit(&ring);
    if (io_uring_wait_cqe(&ring, &cqe) < 0 || cqe->res < 0)
      fail("io_uring");
    events = (unsigned)cqe->res;
    io_uring_cqe_seen(&ring, cqe);
    turn(events);
  }
}

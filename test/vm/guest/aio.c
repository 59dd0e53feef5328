// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: an aio poll on a vpoll completes and signals an eventfd, also when that eventfd has an aio poll of its own. A vpoll itself
// is no counter that aio could signal. On a kernel with lockdep, a wakeup that does not set in_eventfd warns here.

#include <linux/aio_abi.h>
#include <poll.h>

#include "guest.h"

static aio_context_t context;

/** Asks for IN of `fd`; the completion signals `counter`. 1, or -errno. */
static long submit(struct iocb *request, int fd, int counter) {
  *request = (struct iocb){.aio_lio_opcode = IOCB_CMD_POLL,
                           .aio_fildes = fd,
                           .aio_buf = POLLIN,
                           .aio_flags = IOCB_FLAG_RESFD,
                           .aio_resfd = counter};
  return result(syscall(SYS_io_submit, context, 1, &request));
}

static int is_readable(int fd, int ms) {
  struct pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, ms) == 1;
}

int main(int argc, char **argv) {
  begin(argc, argv);
  struct iocb first, second;
  int fd = need_vpoll(0), counter = eventfd(0, EFD_NONBLOCK), last = eventfd(0, EFD_NONBLOCK);
  equal("io_setup", result(syscall(SYS_io_setup, 8, &context)), 0);
  equal("a vpoll as the eventfd to signal", submit(&first, fd, fd), -EINVAL);

  equal("poll of the vpoll", submit(&first, fd, counter), 1);
  equal("poll of the eventfd that it signals", submit(&second, counter, last), 1);
  by_ioctl(fd, ADD, EPOLLPRI);
  check("not for PRI", !is_readable(counter, 50));
  by_ioctl(fd, ADD, EPOLLIN);
  check("the first is signalled", is_readable(counter, 10000));
  check("and so the second", is_readable(last, 10000));
  equal("once", shown(counter), 1);
  equal("once", shown(last), 1);
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: which flags create takes; that EFD_SEMAPHORE is refused beside EFD_VPOLL; that each create makes a vpoll of its own,
// with its initial events; that an ordinary eventfd still counts.

#include "guest.h"

static void flags_of_eventfd(void) {
  equal("SEMAPHORE too", result(eventfd(0, EFD_VPOLL | EFD_SEMAPHORE)), -EINVAL);
  equal("an unknown flag", result(eventfd(0, EFD_VPOLL | 1 << 2)), -EINVAL);
  int fd = eventfd(EPOLLPRI, EFD_VPOLL | EFD_NONBLOCK | EFD_CLOEXEC);
  check("NONBLOCK and CLOEXEC", fd >= 0);
  equal("FD_CLOEXEC", fcntl(fd, F_GETFD), FD_CLOEXEC);
  check("O_NONBLOCK", fcntl(fd, F_GETFL) & O_NONBLOCK);
  equal("its events", shown(fd), EPOLLPRI);
  close(fd);
}

static void ordinary_eventfd(void) {
  int fd = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK);
  equal("semaphore", shown(fd), 1);
  equal("an ioctl", by_ioctl(fd, ADD, EPOLLIN), -ENOTTY);
  equal("2 are left", shown(fd) + shown(fd), 2);
  equal("empty", shown(fd), -EAGAIN);
  equal("adds what looks like a request", by_write(fd, DEL, EPOLLIN), 0);
  close(fd);
  fd = eventfd(0xffffffff, EFD_NONBLOCK);
  equal("any initial count", shown(fd), 0xffffffff);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int one = need_vpoll(EPOLLOUT | EPOLLHUP), other = need_vpoll(0);
  equal("initial events", shown(one), EPOLLOUT | EPOLLHUP);
  equal("none", shown(other), 0);
  by_ioctl(other, ADD, EPOLLIN);
  equal("the first stays as it was", shown(one), EPOLLOUT | EPOLLHUP);
  equal("epoll sees them", wait_ms(watch(one, EPOLLOUT), 0), EPOLLOUT | EPOLLHUP);
  if (!is_device) flags_of_eventfd();
  ordinary_eventfd();
  return end();
}

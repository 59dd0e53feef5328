// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows EPOLLONESHOT and EPOLL_CTL_MOD: one report, then none until it is armed again, which shows at once what is set by then.

#include "guest.h"

static void arm(int epfd, int fd, uint32_t events) {
  struct epoll_event event = {.events = events};
  equal("EPOLL_CTL_MOD", result(epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &event)), 0);
}

static void one_shot(uint32_t how) {
  int fd = need_vpoll(0), epfd = watch(fd, EPOLLIN | EPOLLPRI | how);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("one report", wait_ms(epfd, 0), EPOLLIN);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("not for the same bit", wait_ms(epfd, 0), 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  by_ioctl(fd, ADD, EPOLLHUP);
  equal("nor for another, nor for HUP", wait_ms(epfd, 0), 0);

  arm(epfd, fd, EPOLLIN | EPOLLPRI | how);
  equal("what came meanwhile", wait_ms(epfd, 0), EPOLLIN | EPOLLPRI | EPOLLHUP);
  equal("once", wait_ms(epfd, 0), 0);

  by_ioctl(fd, SET, 0);
  arm(epfd, fd, EPOLLIN | how);
  equal("what went meanwhile is gone", wait_ms(epfd, 0), 0);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("armed all the same", wait_ms(epfd, 0), EPOLLIN);
  close(epfd);
  close(fd);
}

/** A change of interest is a look at the file, for an edge-triggered waiter too. */
static void interest(void) {
  int fd = need_vpoll(EPOLLPRI), epfd = watch(fd, EPOLLIN | EPOLLET);
  equal("not IN", wait_ms(epfd, 0), 0);
  arm(epfd, fd, EPOLLPRI | EPOLLET);
  equal("PRI is set already", wait_ms(epfd, 0), EPOLLPRI);
  equal("once", wait_ms(epfd, 0), 0);
  arm(epfd, fd, EPOLLIN | EPOLLET);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("PRI no longer", wait_ms(epfd, 0), 0);
  close(epfd);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  one_shot(EPOLLONESHOT);
  one_shot(EPOLLONESHOT | EPOLLET);
  interest();
  return end();
}

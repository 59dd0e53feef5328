// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: an epoll that holds a vpoll is itself readable to poll(2) and to epolls around it, by level and by edge. A sleeper at
// the outermost wakes for an ADD at the innermost.

#include <poll.h>

#include "guest.h"

static int is_readable(int fd) {
  struct pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

static void levels(void) {
  int fd = need_vpoll(0), inner = watch(fd, EPOLLPRI), outer = watch(inner, EPOLLIN);
  check("nothing yet", !is_readable(inner) && !is_readable(outer));
  by_ioctl(fd, ADD, EPOLLIN);
  check("not for IN", !is_readable(inner) && !is_readable(outer));
  by_ioctl(fd, ADD, EPOLLPRI);
  check("poll of the outer", is_readable(outer));
  equal("the outer shows that the inner is readable", wait_ms(outer, 0), EPOLLIN);
  equal("the inner shows the vpoll", wait_ms(inner, 0), EPOLLPRI);
  equal("as long as it is set", wait_ms(outer, 0), EPOLLIN);
  by_ioctl(fd, DEL, EPOLLPRI);
  check("and no longer", !is_readable(outer) && !is_readable(inner));
  equal("the outer", wait_ms(outer, 0), 0);
  close(outer);
  close(inner);
  close(fd);
}

static void edges(void) {
  int fd = need_vpoll(0), inner = watch(fd, EPOLLIN | EPOLLET), outer = watch(inner, EPOLLIN | EPOLLET);
  for (int i = 0; i < 3; i++) {
    by_ioctl(fd, ADD, EPOLLIN);
    equal("each ADD reaches the outer", wait_ms(outer, 0), EPOLLIN);
    equal("once", wait_ms(outer, 0), 0);
    equal("and the inner", wait_ms(inner, 0), EPOLLIN);
    equal("once", wait_ms(inner, 0), 0);
  }
  by_ioctl(fd, DEL, EPOLLIN);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("no false edge", wait_ms(outer, 0), 0);
  close(outer);
  close(inner);
  close(fd);
}

static void sleeper(void) {
  int fd = need_vpoll(0), epfd = watch(fd, EPOLLHUP);
  for (int depth = 1; depth < 5; depth++) epfd = watch(epfd, EPOLLIN);
  pid_t child = fork();
  if (child == 0) _exit(wait_ms(epfd, LONG_MS) != EPOLLIN);
  until_asleep(child);
  by_ioctl(fd, ADD, EPOLLIN);
  equal("IN doesn't wake it", state_of(child), 'S');
  by_ioctl(fd, ADD, EPOLLHUP);
  equal("HUP does", status_of(child), 0);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  levels();
  edges();
  sleeper();
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows compat_ioctl: a 32-bit program on a 64-bit kernel makes the same requests, by ioctl(2) and by write(2), and gets the same
// answers. Built with -m32 -static where the compiler can; as it stands it is the same program for 64 bits.

#include <poll.h>

#include "guest.h"

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(EPOLLOUT), epfd = watch(fd, EPOLLIN | EPOLLPRI | EPOLLET);
  struct pollfd entry = {fd, POLLIN | POLLPRI | POLLOUT, 0};
  uint64_t words[2] = {(uint64_t)ADD << 32 | EPOLLIN, 0};
  printf("%zu bits\n", sizeof(long) * 8);
  equal("initial events", shown(fd), EPOLLOUT);
  equal("ADD", by_ioctl(fd, ADD, EPOLLIN | EPOLLPRI), EPOLLIN | EPOLLPRI | EPOLLOUT);
  equal("an edge", wait_ms(epfd, 0), EPOLLIN | EPOLLPRI);
  equal("poll", poll(&entry, 1, 0), 1);
  equal("all three", entry.revents, POLLIN | POLLPRI | POLLOUT);
  equal("DEL of all", by_ioctl(fd, DEL, ~0ul), 0);
  equal("SET", by_ioctl(fd, SET, SETTABLE), SETTABLE);
  equal("a bit that isn't settable", by_ioctl(fd, ADD, 1ul << 31), -EINVAL);
  equal("POLLFREE", by_ioctl(fd, SET, POLLFREE), -EINVAL);
  equal("operation 4", by_ioctl(fd, 4, 0), -ENOTTY);
  equal("SET 0", by_ioctl(fd, SET, 0), 0);
  equal("a write", by_write(fd, ADD, EPOLLRDHUP), 0);
  equal("a refused one", by_write(fd, SET, POLLFREE), -EINVAL);
  equal("seven bytes", result(write(fd, words, 7)), -EINVAL);
  long taken = by_long_write();
  equal("sixteen", result(write(fd, words, sizeof words)), taken);
  equal("a read", shown(fd), EPOLLRDHUP | (taken == 8 ? EPOLLIN : 0));
  close(epfd);
  close(fd);
  return end();
}

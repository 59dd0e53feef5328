// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: POLLFREE, which detaches a sleeping epoll for good when it stands in a wake key (ep_poll_callback()), can't get there.

#include "guest.h"

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  pid_t child = fork();
  if (child == 0) _exit(wait_ms(watch(fd, EPOLLIN), LONG_MS) == EPOLLIN ? 0 : 1);
  until_asleep(child);
  equal("ADD", by_ioctl(fd, ADD, POLLFREE), -EINVAL);
  equal("SET with IN", by_ioctl(fd, SET, POLLFREE | EPOLLIN), -EINVAL);
  equal("write", by_write(fd, ADD, POLLFREE), -EINVAL);
  equal("DEL ignores it", by_ioctl(fd, DEL, POLLFREE), 0);
  by_ioctl(fd, SET, EPOLLIN);
  equal("the sleeper still wakes", status_of(child), 0);
  return end();
}

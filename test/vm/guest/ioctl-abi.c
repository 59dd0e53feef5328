// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the ioctls: the new set is returned, unknown requests give ENOTTY, and requests need a file that is open for writing.

#include "guest.h"

static void modes(void) {
  int reader = open(DEVICE, O_RDONLY), writer = open(DEVICE, O_WRONLY);
  equal("ADD on O_RDONLY", by_ioctl(reader, ADD, EPOLLIN), -EBADF);
  equal("DEL on O_RDONLY", by_ioctl(reader, DEL, 0), -EBADF);
  equal("SET on O_RDONLY", by_ioctl(reader, SET, EPOLLIN), -EBADF);
  equal("write on O_RDONLY", by_write(reader, ADD, EPOLLIN), -EBADF);
  equal("unknown on O_RDONLY", by_ioctl(reader, 9, 0), -ENOTTY);
  equal("its events", shown(reader), 0);
  equal("ADD on O_WRONLY", by_ioctl(writer, ADD, EPOLLIN), EPOLLIN);
  equal("read on O_WRONLY", shown(writer), -EBADF);
  equal("lseek", result(lseek(reader, 5, SEEK_SET)), -ESPIPE);
  close(reader);
  close(writer);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  equal("ADD", by_ioctl(fd, ADD, EPOLLIN | EPOLLPRI), EPOLLIN | EPOLLPRI);
  equal("ADD", by_ioctl(fd, ADD, EPOLLOUT), EPOLLIN | EPOLLPRI | EPOLLOUT);
  equal("DEL", by_ioctl(fd, DEL, EPOLLPRI | EPOLLHUP), EPOLLIN | EPOLLOUT);
  equal("SET", by_ioctl(fd, SET, EPOLLRDHUP), EPOLLRDHUP);
  equal("ADD 0", by_ioctl(fd, ADD, 0), EPOLLRDHUP);
  equal("DEL 0 asks", by_ioctl(fd, DEL, 0), EPOLLRDHUP);
  equal("SET 0", by_ioctl(fd, SET, 0), 0);
  equal("operation 0", by_ioctl(fd, 0, EPOLLIN), -ENOTTY);
  equal("operation 4", by_ioctl(fd, 4, EPOLLIN), -ENOTTY);
  equal("TCGETS", result(ioctl(fd, 0x5401, 0)), -ENOTTY);
  equal("_IOW of the same number", result(ioctl(fd, _IOW('^', 1, int), EPOLLIN)), -ENOTTY);
  equal("nothing came of it", shown(fd), 0);
  if (is_device) modes();
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: exactly the eleven bits can be set, by create, by ioctl and by write. Any other gives EINVAL and changes nothing; a
// DEL ignores it.

#include "guest.h"

/** Asks for IN and one bit more in each way, from a file that shows MSG. */
static void one_bit(int fd, int bit) {
  long events = EPOLLIN | 1l << bit;
  int may = (SETTABLE & 1u << bit) != 0;

  by_ioctl(fd, SET, EPOLLMSG);
  equal("ADD by ioctl", by_ioctl(fd, ADD, events), may ? EPOLLMSG | events : -EINVAL);
  equal("what it left", shown(fd), may ? EPOLLMSG | events : EPOLLMSG);
  equal("SET by ioctl", by_ioctl(fd, SET, events), may ? events : -EINVAL);
  equal("what it left", shown(fd), may ? events : EPOLLMSG);

  by_ioctl(fd, SET, EPOLLMSG);
  equal("ADD by write", by_write(fd, ADD, events), may ? 0 : -EINVAL);
  equal("what it left", shown(fd), may ? EPOLLMSG | events : EPOLLMSG);
  equal("SET by write", by_write(fd, SET, events), may ? 0 : -EINVAL);
  equal("what it left", shown(fd), may ? events : EPOLLMSG);

  by_ioctl(fd, SET, SETTABLE);
  equal("DEL by ioctl", by_ioctl(fd, DEL, 1u << bit), SETTABLE & ~(1u << bit));
  by_ioctl(fd, SET, SETTABLE);
  equal("DEL by write", by_write(fd, DEL, 1u << bit), 0);
  equal("what it left", shown(fd), SETTABLE & ~(1u << bit));

  int other = vpoll(events);
  equal("create", other < 0 ? other : 0, may ? 0 : -EINVAL);
  if (other >= 0) equal("what it shows", shown(other), events);
  if (other >= 0) close(other);
}

/** An ioctl's argument is a long: what is above 32 bits is no event either. */
static void upper_bits(int fd) {
  by_ioctl(fd, SET, EPOLLMSG);
  equal("ADD", by_ioctl(fd, ADD, 1ul << 32 | EPOLLIN), -EINVAL);
  equal("SET", by_ioctl(fd, SET, 1ul << 63), -EINVAL);
  equal("what they left", shown(fd), EPOLLMSG);
  equal("DEL of all but MSG", by_ioctl(fd, DEL, ~(unsigned long)EPOLLMSG), EPOLLMSG);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  for (int bit = 0; bit < 32; bit++) one_bit(fd, bit);
  upper_bits(fd);
  return end();
}

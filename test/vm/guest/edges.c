// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the wake key: an edge for each ADD or SET of a bit that is waited for, set already or not; none on DEL, ADD 0, SET 0, nor
// for a bit that is not waited for.

#include "guest.h"

/** What an edge-triggered waiter for `interest` sees after a request on a file that shows `before`. */
static uint32_t edge(uint32_t interest, uint32_t before, int op, uint32_t events) {
  int fd = need_vpoll(before), epfd = watch(fd, interest | EPOLLET);
  wait_ms(epfd, 0);
  by_ioctl(fd, op, events);
  uint32_t seen = wait_ms(epfd, 0);
  equal("one edge at most", wait_ms(epfd, 0), 0);
  close(epfd);
  close(fd);
  return seen;
}

int main(int argc, char **argv) {
  begin(argc, argv);
  equal("ADD IN", edge(EPOLLIN, 0, ADD, EPOLLIN), EPOLLIN);
  equal("ADD IN again", edge(EPOLLIN, EPOLLIN, ADD, EPOLLIN), EPOLLIN);
  equal("SET IN", edge(EPOLLIN, 0, SET, EPOLLIN), EPOLLIN);
  equal("SET IN again", edge(EPOLLIN, EPOLLIN, SET, EPOLLIN), EPOLLIN);
  equal("SET PRI instead of IN", edge(EPOLLIN | EPOLLPRI, EPOLLIN, SET, EPOLLPRI), EPOLLPRI);
  equal("ADD PRI shows IN too", edge(EPOLLIN | EPOLLPRI, EPOLLIN, ADD, EPOLLPRI), EPOLLIN | EPOLLPRI);
  equal("HUP is always waited for", edge(0, 0, ADD, EPOLLHUP), EPOLLHUP);
  for (int bit = 0; bit < 32; bit++) {
    uint32_t event = SETTABLE & 1u << bit;
    if (event) equal("each bit", edge(event, 0, ADD, event), event);
  }

  equal("ADD 0", edge(EPOLLIN, EPOLLIN, ADD, 0), 0);
  equal("SET 0", edge(EPOLLIN, EPOLLIN, SET, 0), 0);
  equal("DEL of it", edge(EPOLLIN, EPOLLIN, DEL, EPOLLIN), 0);
  equal("DEL of another", edge(EPOLLIN | EPOLLPRI, EPOLLIN | EPOLLPRI, DEL, EPOLLPRI), 0);
  equal("DEL of nothing", edge(EPOLLIN, EPOLLIN, DEL, 0), 0);
  equal("ADD of what it doesn't wait for", edge(EPOLLIN, EPOLLIN, ADD, EPOLLPRI), 0);
  equal("SET of what it doesn't wait for", edge(EPOLLIN, EPOLLIN, SET, EPOLLPRI), 0);
  return end();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "turns.h"

int main(void)
{
  say("waits");
  for (;;) {
    const struct timespec limit = { .tv_sec = 60 };
    struct pollfd fd = { .fd = 3, .events = POLLIN | POLLOUT | POLLPRI };

    if (ppoll(&fd, 1, &limit, NULL) != 1)
      fail("ppoll");
    turn((unsigned)fd.revents);
  }
}

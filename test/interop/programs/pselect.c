/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/select.h>
#include "turns.h"

/* select(2) has no word for a hangup: it is seen as readable and, to end here, asked for by poll(2). */
int main(void)
{
  say("waits");
  for (;;) {
    const struct timespec limit = { .tv_sec = 60 };
    struct pollfd hangup = { .fd = 3 };
    fd_set in, out;

    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(3, &in);
    FD_SET(3, &out);
    if (pselect(4, &in, &out, NULL, &limit, NULL) < 1)
      fail("pselect");
    poll(&hangup, 1, 0);
    turn((FD_ISSET(3, &in) ? POLLIN : 0) | (FD_ISSET(3, &out) ? POLLOUT : 0) | (hangup.revents & POLLHUP));
  }
}

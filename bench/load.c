/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The C competitor of load.ts, by epoll_wait(2):
 *
 *     load rate COUNT MS     COUNT eventfds are ready all the time: prints how many events it got in a second
 *     load setup             prints the milliseconds from nothing to the first event
 *     load idle COUNT        waits for COUNT eventfds for good; prints `waits` before
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#define BATCH 1024

static double now_ms(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int set_of(long count, unsigned int ready)
{
  int ep = epoll_create1(0);

  for (long i = 0; i < count; i++) {
    struct epoll_event event = { .events = EPOLLIN };

    if (epoll_ctl(ep, EPOLL_CTL_ADD, eventfd(ready, 0), &event) < 0)
      exit(1);
  }
  return ep;
}

int main(int argc, char **argv)
{
  static struct epoll_event events[BATCH];
  const char *what = argc > 1 ? argv[1] : "";
  double start = now_ms();

  if (!strcmp(what, "rate") && argc == 4) {
    int ep = set_of(atol(argv[2]), 1);
    double end = (start = now_ms()) + atof(argv[3]);
    double total = 0;

    while (now_ms() < end)
      total += epoll_wait(ep, events, BATCH, -1);
    printf("%.0f\n", total * 1e3 / (now_ms() - start));
    return 0;
  }
  if (!strcmp(what, "setup")) {
    if (epoll_wait(set_of(1, 1), events, BATCH, -1) != 1)
      return 1;
    printf("%f\n", now_ms() - start);
    return 0;
  }
  if (!strcmp(what, "idle") && argc == 3) {
    int ep = set_of(atol(argv[2]), 0);

    puts("waits");
    fflush(stdout);
    return epoll_wait(ep, events, BATCH, -1);
  }
  return 2;
}

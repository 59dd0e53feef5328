/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The C competitor of load.ts, by epoll_wait(2):
 *
 *     load rate COUNT MS     COUNT eventfds are ready all the time: prints how many events it got in a second
 *     load asked COUNT MS    the same, and of each event it asks whether its number still stands for the file, as a Poller does
 *     load pairs COUNT MS    the same as rate, of socketpairs in which a byte waits
 *     load setup             prints the milliseconds from nothing to the first event
 *     load idle COUNT        waits for COUNT eventfds for good; prints `waits` before
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1024

static double now_ms(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int readable(void)
{
  int ends[2];

  return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && write(ends[1], "x", 1) == 1 ? ends[0] : -1;
}

static int set_of(long count, unsigned int ready, int by_pairs)
{
  int ep = epoll_create1(0);

  for (long i = 0; i < count; i++) {
    struct epoll_event event = { .events = EPOLLIN, .data.fd = by_pairs ? readable() : eventfd(ready, 0) };

    if (epoll_ctl(ep, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
      exit(1);
  }
  return ep;
}

/* By a call that changes nothing. */
static void ask(int ep, struct epoll_event *events, int count)
{
  for (int i = 0; i < count; i++) {
    if (epoll_ctl(ep, EPOLL_CTL_MOD, events[i].data.fd, &events[i]) < 0)
      exit(1);
  }
}

/* How many events there are in a second. */
static double rate(int ep, double limit_ms, int asks)
{
  static struct epoll_event events[BATCH];
  double start = now_ms(), total = 0;

  while (now_ms() < start + limit_ms) {
    int count = epoll_wait(ep, events, BATCH, -1);

    if (asks)
      ask(ep, events, count);
    total += count;
  }
  return total * 1e3 / (now_ms() - start);
}

int main(int argc, char **argv)
{
  static struct epoll_event events[BATCH];
  const char *what = argc > 1 ? argv[1] : "";
  double start = now_ms();

  if (argc == 4 && (!strcmp(what, "rate") || !strcmp(what, "asked") || !strcmp(what, "pairs"))) {
    printf("%.0f\n", rate(set_of(atol(argv[2]), 1, *what == 'p'), atof(argv[3]), *what == 'a'));
    return 0;
  }
  if (!strcmp(what, "setup")) {
    if (epoll_wait(set_of(1, 1, 0), events, BATCH, -1) != 1)
      return 1;
    printf("%f\n", now_ms() - start);
    return 0;
  }
  if (!strcmp(what, "idle") && argc == 3) {
    int ep = set_of(atol(argv[2]), 0, 0);

    puts("waits");
    fflush(stdout);
    return epoll_wait(ep, events, BATCH, -1);
  }
  return 2;
}

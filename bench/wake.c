/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The other process of the wake latency, and the C competitor.
 *
 *     wake send COUNT PAUSE_US     writes the time into 3, waits for a byte on 4, pauses; COUNT times
 *     wake receive COUNT IDLE      waits for 3 by epoll_wait(2) beside IDLE eventfds, reads the time, answers on 4; prints each
 *                                  latency in nanoseconds
 *
 * A time is 8 bytes of CLOCK_MONOTONIC in nanoseconds, which all processes of a machine share.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int send_all(long count, long pause_us)
{
  const struct timespec pause = { 0, pause_us * 1000 };

  for (long i = 0; i < count; i++) {
    uint64_t time;
    char answer;

    nanosleep(&pause, NULL);
    time = now_ns();
    if (write(3, &time, sizeof(time)) != sizeof(time) || read(4, &answer, 1) != 1)
      return 1;
  }
  return 0;
}

static int watch(int ep, int fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

  return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
}

static int receive_all(long count, long idle)
{
  int ep = epoll_create1(0);

  for (long i = 0; i < idle; i++)
    if (watch(ep, eventfd(0, 0)) < 0)
      return 1;
  if (watch(ep, 3) < 0)
    return 1;
  for (long i = 0; i < count; i++) {
    struct epoll_event event;
    uint64_t time, woken;

    if (epoll_wait(ep, &event, 1, -1) != 1)
      return 1;
    woken = now_ns();
    if (read(3, &time, sizeof(time)) != sizeof(time) || write(4, "", 1) != 1)
      return 1;
    printf("%llu\n", (unsigned long long)(woken - time));
  }
  return 0;
}

int main(int argc, char **argv)
{
  if (argc != 4)
    return 2;
  if (!strcmp(argv[1], "send"))
    return send_all(atol(argv[2]), atol(argv[3]));
  return receive_all(atol(argv[2]), atol(argv[3]));
}

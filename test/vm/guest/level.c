// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the level: what poll, ppoll, select, pselect and epoll report for each bit, while it is set and after it is not. And a
// sleeper of each kind wakes for it.

#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/select.h>

#include "guest.h"

/** What select(2) calls readable, writable and exceptional: POLLIN_SET, POLLOUT_SET and POLLEX_SET of fs/select.c. */
#define READABLE (EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR)
#define WRITABLE (EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR)
#define EXCEPTIONAL EPOLLPRI

enum kind { BY_POLL, BY_PPOLL, BY_SELECT, BY_PSELECT, BY_EPOLL, KINDS };
static const char *const names[] = {"poll", "ppoll", "select", "pselect", "epoll"};

static uint32_t by_poll(int fd, uint32_t interest, int ms, int with_mask) {
  struct pollfd entry = {fd, (short)interest, 0};
  struct timespec most = {ms / 1000, 0};
  sigset_t mask;
  sigfillset(&mask);
  int count = with_mask ? ppoll(&entry, 1, &most, &mask) : poll(&entry, 1, ms);
  equal("entries", count, entry.revents != 0);
  return (unsigned short)entry.revents;
}

/** Three bits: is it in the set of the readable, the writable, the exceptional? */
static uint32_t by_select(int fd, int ms, int with_mask) {
  struct timespec most_ns = {ms / 1000, 0};
  struct timeval most_us = {ms / 1000, 0};
  uint32_t seen = 0;
  fd_set sets[3];
  sigset_t mask;
  sigfillset(&mask);
  for (int i = 0; i < 3; i++) {
    FD_ZERO(&sets[i]);
    FD_SET(fd, &sets[i]);
  }
  int count = with_mask ? pselect(fd + 1, &sets[0], &sets[1], &sets[2], &most_ns, &mask)
                        : select(fd + 1, &sets[0], &sets[1], &sets[2], &most_us);
  for (int i = 0; i < 3 && count > 0; i++) seen |= FD_ISSET(fd, &sets[i]) ? 1u << i : 0;
  equal("sets", count, __builtin_popcount(seen));
  return seen;
}

static uint32_t look(enum kind kind, int fd, uint32_t interest, int ms) {
  if (kind == BY_POLL || kind == BY_PPOLL) return by_poll(fd, interest, ms, kind == BY_PPOLL);
  if (kind == BY_SELECT || kind == BY_PSELECT) return by_select(fd, ms, kind == BY_PSELECT);
  int epfd = watch(fd, interest);
  uint32_t seen = wait_ms(epfd, ms);
  close(epfd);
  return seen;
}

static uint32_t expected(enum kind kind, uint32_t event) {
  if (kind != BY_SELECT && kind != BY_PSELECT) return event;
  return (event & READABLE ? 1 : 0) | (event & WRITABLE ? 2 : 0) | (event & EXCEPTIONAL ? 4 : 0);
}

/** One bit: seen while set, by who asked for it, and by nobody afterwards. ERR and HUP need no asking. */
static void one_bit(int fd, enum kind kind, uint32_t event) {
  int asks_for_all = kind == BY_SELECT || kind == BY_PSELECT;
  by_ioctl(fd, SET, event);
  equal(names[kind], look(kind, fd, event, 0), expected(kind, event));
  equal(names[kind], look(kind, fd, event, 0), expected(kind, event));
  if (!asks_for_all) equal(names[kind], look(kind, fd, 0, 0), event & (EPOLLERR | EPOLLHUP));
  by_ioctl(fd, DEL, event);
  equal(names[kind], look(kind, fd, SETTABLE, 0), 0);
}

/** A sleeper of each kind. select(2) takes no interest in MSG and RDHUP, and would sleep on. */
static void sleeper(int fd, enum kind kind, uint32_t event) {
  if (expected(kind, event) == 0) return;
  pid_t child = fork();
  if (child == 0) _exit(look(kind, fd, event, LONG_MS) != expected(kind, event) || failed);
  until_asleep(child);
  by_ioctl(fd, ADD, event);
  equal(names[kind], status_of(child), 0);
  by_ioctl(fd, SET, 0);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  for (enum kind kind = 0; kind < KINDS; kind++) {
    for (int bit = 0; bit < 14; bit++) {
      if (!(SETTABLE & 1u << bit)) continue;
      one_bit(fd, kind, 1u << bit);
      sleeper(fd, kind, 1u << bit);
    }
  }
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: no wakeup gets lost between a waiter that goes to sleep and a request. Two threads hand a turn to and fro over two vpolls,
// by each kind of wait; a lost wakeup lets one sleep to the end of its time though its event is there, and is counted. (The
// result alone doesn't tell: poll and select look once more when the time is up.) A third makes requests on the same files.
// argv[2]: seconds for each kind.

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <time.h>

#include "guest.h"

enum kind { BY_POLL, BY_SELECT, BY_EPOLL, BY_EDGE, KINDS };
static const char *const names[] = {"poll", "select", "epoll", "epoll, edge-triggered"};

#define SLEEP_MS 2000

static int fds[2], epfds[2], stop;
static long turns[KINDS], lost[KINDS];
static enum kind kind;

static int is_stopped(void) {
  return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Sleeps until IN, SLEEP_MS at most. */
static void sleep_until_in(int side) {
  struct pollfd entry = {fds[side], POLLIN, 0};
  struct timeval most = {SLEEP_MS / 1000, 0};
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fds[side], &set);
  switch (kind) {
    case BY_POLL:
      poll(&entry, 1, SLEEP_MS);
      break;
    case BY_SELECT:
      select(fds[side] + 1, &set, NULL, NULL, &most);
      break;
    default:
      wait_ms(epfds[side], SLEEP_MS);
  }
}

static void *player(void *arg) {
  int side = *(int *)arg;
  while (!is_stopped()) {
    long start = now_ms();
    sleep_until_in(side);
    if (!(shown(fds[side]) & EPOLLIN)) continue;
    if (now_ms() - start >= SLEEP_MS) lost[kind]++;
    by_ioctl(fds[side], DEL, EPOLLIN);
    if (side == 0) turns[kind]++;
    by_ioctl(fds[!side], ADD, EPOLLIN);
  }
  return NULL;
}

/** Noise on the other bits. */
static void *stranger(void *arg) {
  (void)arg;
  for (unsigned i = 0; !is_stopped(); i++) {
    int fd = fds[i & 1];
    struct pollfd entry = {fd, POLLPRI, 0};
    by_write(fd, ADD, EPOLLPRI);
    poll(&entry, 1, 0);
    by_write(fd, DEL, EPOLLPRI);
    if (i % 64 == 0) usleep(1000);
  }
  return NULL;
}

static void play(int seconds) {
  int sides[2] = {0, 1};
  pthread_t threads[3];
  for (int side = 0; side < 2; side++) {
    fds[side] = need_vpoll(side == 0 ? EPOLLIN : 0);
    epfds[side] = watch(fds[side], kind == BY_EDGE ? EPOLLIN | EPOLLET : EPOLLIN);
  }
  stop = 0;
  pthread_create(&threads[0], NULL, player, &sides[0]);
  pthread_create(&threads[1], NULL, player, &sides[1]);
  pthread_create(&threads[2], NULL, stranger, NULL);
  sleep(seconds);
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int side = 0; side < 2; side++) by_ioctl(fds[side], ADD, EPOLLIN);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  for (int side = 0; side < 2; side++) {
    close(epfds[side]);
    close(fds[side]);
  }
}

int main(int argc, char **argv) {
  begin(argc, argv);
  for (kind = 0; kind < KINDS; kind++) {
    play(argc > 2 ? atoi(argv[2]) : 1);
    printf("%s: %ld turns, %ld lost\n", names[kind], turns[kind], lost[kind]);
    check("they took turns", turns[kind] > 10);
    equal("lost wakeups", lost[kind], 0);
  }
  return end();
}

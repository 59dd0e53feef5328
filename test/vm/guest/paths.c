// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: two paths of a stack that have no lock in common can change one vpoll by ADD and DEL, and no change is lost. One receives and decides IN, one sends and
// decides OUT. With SET alone they need one lock round the state and the call, or changes are lost. Prints how many changes a millisecond each way makes; what it
// judges is only what was lost. argv[2]: milliseconds for each way.

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "guest.h"

/** Rounds in which both make one change at the same time. */
#define ROUNDS 2000

enum way { OWN_LOCKS, ONE_LOCK, NO_LOCK, WAYS };
static const char *const names[] = {"ADD and DEL, each path its own lock", "SET, one lock for both", "SET, no lock for both"};

/** A path: its bit, and the lock that its own data has. */
struct path {
  pthread_mutex_t lock;
  uint32_t bit;
  long changes;
};

static struct path paths[2] = {{PTHREAD_MUTEX_INITIALIZER, EPOLLIN, 0}, {PTHREAD_MUTEX_INITIALIZER, EPOLLOUT, 0}};
static pthread_mutex_t both = PTHREAD_MUTEX_INITIALIZER; // for ONE_LOCK
static _Atomic uint32_t state;                           // what both want; under `both` in ONE_LOCK
static atomic_int stop;
static atomic_int meeting; // how many have come to it
static enum way way;
static int fd;

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/** Sets the path's bit, or clears it. */
static void change(struct path *path, int is_set) {
  pthread_mutex_t *lock = way == ONE_LOCK ? &both : &path->lock;
  pthread_mutex_lock(lock);
  if (way == OWN_LOCKS) {
    by_ioctl(fd, is_set ? ADD : DEL, path->bit);
  } else {
    uint32_t next = is_set ? atomic_fetch_or(&state, path->bit) | path->bit : atomic_fetch_and(&state, ~path->bit) & ~path->bit;
    by_ioctl(fd, SET, next);
  }
  pthread_mutex_unlock(lock);
  path->changes++;
}

static void *changes(void *arg) {
  for (int is_set = 1; !atomic_load_explicit(&stop, memory_order_relaxed); is_set = !is_set) change(arg, is_set);
  return NULL;
}

/** Waits until both have come here `n` times. */
static void meet(int n) {
  atomic_fetch_add(&meeting, 1);
  for (int spins = 0; atomic_load(&meeting) < 2 * n; spins++)
    if (spins > 100) sched_yield();
}

/** One change each, at the same time; how often what is shown then isn't what both wanted. */
static void *rounds(void *arg) {
  struct path *path = arg;
  long lost = 0;
  for (int i = 0, met = 0; i < ROUNDS; i++) {
    meet(++met);
    change(path, i % 2 == 0);
    meet(++met);
    if (path == paths && shown(fd) != (i % 2 == 0 ? EPOLLIN | EPOLLOUT : 0)) {
      lost++;
      by_ioctl(fd, SET, i % 2 == 0 ? EPOLLIN | EPOLLOUT : 0);
    }
    meet(++met);
  }
  return (void *)lost;
}

/** Runs a function for both paths; returns what the first one's returned. */
static long together(void *(*run)(void *), int ms) {
  pthread_t threads[2];
  void *result;
  atomic_store(&stop, 0);
  atomic_store(&meeting, 0);
  by_ioctl(fd, SET, 0);
  atomic_store(&state, 0);
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, run, &paths[i]);
  usleep(ms * 1000);
  atomic_store(&stop, 1);
  for (int i = 1; i >= 0; i--) pthread_join(threads[i], &result);
  return (long)result;
}

int main(int argc, char **argv) {
  begin(argc, argv);
  fd = need_vpoll(0);
  int ms = argc > 2 ? atoi(argv[2]) : 200;
  for (way = 0; way < WAYS; way++) {
    paths[0].changes = paths[1].changes = 0;
    long start = now_us();
    together(changes, ms);
    long us = now_us() - start, made = paths[0].changes + paths[1].changes;
    long lost = together(rounds, 0);
    printf("%s: %ld changes a millisecond, %ld of %d rounds lost one\n", names[way], made * 1000 / us, lost, ROUNDS);
    check("both made changes", paths[0].changes > 0 && paths[1].changes > 0);
    if (way != NO_LOCK) equal(names[way], lost, 0);
  }
  return end();
}

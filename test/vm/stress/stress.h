/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the stress program share. */
#ifndef VPOLL_TEST_STRESS_H
#define VPOLL_TEST_STRESS_H

#include <pthread.h>
#include <stdatomic.h>

#include "../guest/guest.h"
#include "../guest/ring.h"

/** The kinds of wait. Each sleeps without a limit: only a wakeup ends it. */
enum kind {
  BY_POLL,
  BY_PPOLL,
  BY_SELECT,
  BY_EPOLL,
  BY_EDGE,
  BY_ONESHOT,
  BY_NESTED,
  BY_AIO,
  BY_URING,
  BY_MULTISHOT,
  KINDS
};

extern const char *const kind_names[KINDS];

/** One thread's means to wait for IN of one file, again and again. */
struct waiter {
  enum kind kind;
  int fd;
  int epfd, outer;
  unsigned long aio;
  struct ring ring;
  int is_polling; /* multishot: a poll is under way */
};

void waiter_open(struct waiter *waiter, enum kind kind, int fd);
void waiter_close(struct waiter *waiter);

/** Sleeps until something happens to the file: it may be IN, an event that nobody asked for (HUP), or a wakeup left from before. */
void waiter_sleep(struct waiter *waiter);

/** A thread of a game: a watcher can tell whether it sleeps. */
struct player {
  pthread_t thread;
  _Atomic pid_t tid; /* 0: not yet, -1: it has ended */
};

/** How many looks, 10 ms apart, must agree before a wakeup counts as lost. One would do. */
#define LOOKS 10
/**
 * For aio's poll, looks of so many calls, a second apart: aio_poll_wake() may leave the rest to a worker, and for that alone the time
 * that a busy machine takes matters. One look a call, so that nobody else waits meanwhile to be looked at.
 */
#define AIO_CALLS 60

extern _Atomic int is_stopped;

void player_begins(struct player *player);
void player_ends(struct player *player);
/** Whether it sleeps in the kernel at this moment. */
int player_sleeps(const struct player *player);

/** A game of turns: two threads, two files. */
void pairs_start(void);
/** A game of rounds: one file wakes all. */
void crowd_start(void);
/** Strangers: other bits, new files, new processes. */
void storms_start(void);

/** Each looks for a wakeup that was lost, and says which: see stress.c. True where one was. Called once a second. */
int pairs_lost(void);
int crowd_lost(void);

/** Whether each has done enough to have been tried. */
int pairs_progressed(void);
int crowd_progressed(void);
int storms_progressed(void);

/** Lets everybody wake who sleeps, once more. */
void pairs_kick(void);
void crowd_kick(void);

int pairs_ended(void);
int crowd_ended(void);

/** Joins and counts. */
void pairs_stop(void);
void crowd_stop(void);
void storms_stop(void);

/**
 * The files that the storms may touch. They never touch IN. On a quiet file they touch nothing else that its waiter would wake for: a
 * wakeup that was lost there stays lost, where on the others the next HUP would heal it.
 */
#define TARGETS (4 * KINDS)
int noise_target(unsigned number);
int is_quiet(unsigned number);

#endif

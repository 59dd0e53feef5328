// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: under many waiters of every kind, many writers, and storms of opens, closes and forks, no wakeup gets lost.
//
//     stress BACKEND SECONDS     at least so many, until everybody had a turn
//
// How a lost wakeup is told from a slow machine: not by a time. A wakeup makes a sleeper runnable before the request that gives it
// returns. Say that a waiter sleeps, that its file shows the event, and that the one who asked for it sleeps as well: his request has
// returned. Then the wakeup is lost, however slow or busy the machine is.

#include <time.h>

#include "stress.h"

_Atomic int is_stopped;

void player_begins(struct player *player) {
  player->tid = syscall(SYS_gettid);
}

void player_ends(struct player *player) {
  player->tid = -1;
}

int player_sleeps(const struct player *player) {
  pid_t tid = player->tid;
  return tid > 0 && state_of(tid) == 'S';
}

static int is_lost(void) {
  return pairs_lost() || crowd_lost();
}

static int has_progressed(void) {
  return pairs_progressed() && crowd_progressed() && storms_progressed();
}

static time_t now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void lost(void) {
  printf("1 passed, 1 failed\n");
  fflush(stdout);
  _exit(1); // a thread that lost its wakeup would never end
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int seconds = argc > 2 ? atoi(argv[2]) : 5;
  pairs_start();
  crowd_start();
  storms_start();
  // As long as asked for, and on a slow machine until everybody had a turn: how many come in a time is no one's promise.
  for (time_t end_s = now_s() + seconds; now_s() < end_s || !has_progressed();) {
    sleep(1);
    if (is_lost()) lost();
  }
  is_stopped = 1;
  storms_stop();
  // A thread that was about to sleep when the game ended is woken until it is gone; what never ends, the guest's limit ends.
  while (!pairs_ended() || !crowd_ended()) {
    pairs_kick();
    crowd_kick();
    usleep(10000);
  }
  pairs_stop();
  crowd_stop();
  check("no wakeup was lost", 1);
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The game of rounds. A caller adds IN to one file, for which a crowd sleeps by every kind of wait; when the last of the crowd has seen
// the round, it adds IN to the caller's own file. Two files take turns, so that one can be cleared while the other calls.

#include "stress.h"

#define CROWD (2 * KINDS)

struct member {
  struct player player;
  struct waiter waiters[2];
  atomic_ulong round; /* the last one that it has seen */
  /* aio: how many calls found it stuck, in this round */
  unsigned long stuck_round;
  int stuck_calls;
};

static struct member members[CROWD];
static struct player caller;
static int hubs[2], done;
static atomic_ulong current;
static atomic_int missing;

static void *listen(void *arg) {
  struct member *member = arg;
  player_begins(&member->player);
  while (!is_stopped) {
    unsigned long wanted = member->round + 1;
    if (current < wanted || !(shown(hubs[wanted & 1]) & EPOLLIN)) {
      waiter_sleep(&member->waiters[wanted & 1]);
      continue;
    }
    member->round = wanted;
    if (--missing == 0) by_ioctl(done, ADD, EPOLLIN);
  }
  player_ends(&member->player);
  return NULL;
}

static void *call(void *arg) {
  struct waiter waiter;
  (void)arg;
  waiter_open(&waiter, BY_EPOLL, done);
  player_begins(&caller);
  while (!is_stopped) {
    unsigned long round = current + 1;
    missing = CROWD;
    by_ioctl(hubs[!(round & 1)], DEL, EPOLLIN);
    by_ioctl(done, DEL, EPOLLIN);
    current = round;
    // By turns, so that every way to make a request is one that must wake all.
    if (round & 2) by_ioctl(hubs[round & 1], ADD, EPOLLIN);
    else by_write(hubs[round & 1], SET, EPOLLIN | EPOLLOUT);
    while (missing > 0 && !is_stopped) {
      // IN may be left of the round before; were it not taken away, the caller would never sleep.
      by_ioctl(done, DEL, EPOLLIN);
      if (missing > 0) waiter_sleep(&waiter);
    }
  }
  player_ends(&caller);
  waiter_close(&waiter);
  return NULL;
}

void crowd_start(void) {
  for (int i = 0; i < 2; i++) hubs[i] = need_vpoll(0);
  done = need_vpoll(0);
  for (int i = 0; i < CROWD; i++) {
    for (int hub = 0; hub < 2; hub++) waiter_open(&members[i].waiters[hub], i % KINDS, hubs[hub]);
  }
  for (int i = 0; i < CROWD; i++) pthread_create(&members[i].player.thread, NULL, listen, &members[i]);
  pthread_create(&caller.thread, NULL, call, NULL);
}

/** The caller sleeps, so its request has returned; a member that has not seen the round sleeps all the same. As in pairs.c. */
static int is_stuck(struct member *member) {
  unsigned long round = current;
  return player_sleeps(&caller) && member->round < round && (shown(hubs[round & 1]) & EPOLLIN) &&
         player_sleeps(&member->player) && player_sleeps(&caller) && current == round && member->round < round;
}

/** Everybody has seen the round and sleeps, and so does the caller, whose file shows IN. */
static int is_caller_stuck(void) {
  unsigned long round = current;
  if (missing > 0 || !player_sleeps(&caller) || !(shown(done) & EPOLLIN)) return 0;
  for (int i = 0; i < CROWD; i++) {
    if (!player_sleeps(&members[i].player)) return 0;
  }
  return player_sleeps(&caller) && current == round;
}

static int stays_stuck(struct member *member, unsigned long round) {
  if (member->waiters[0].kind == BY_AIO) {
    int is_same = member->stuck_round == round && is_stuck(member) && current == round;
    member->stuck_calls = is_same ? member->stuck_calls + 1 : 0;
    member->stuck_round = round;
    return member->stuck_calls >= AIO_CALLS;
  }
  int looks = 0;
  while (looks < LOOKS && is_stuck(member) && current == round) {
    usleep(10000);
    looks++;
  }
  return looks == LOOKS;
}

static int stays_without_caller(unsigned long round) {
  int looks = 0;
  while (looks < LOOKS && is_caller_stuck() && current == round) {
    usleep(10000);
    looks++;
  }
  return looks == LOOKS;
}

int crowd_lost(void) {
  unsigned long round = current;
  for (int i = 0; i <= CROWD; i++) {
    if (i < CROWD ? !stays_stuck(&members[i], round) : !stays_without_caller(round)) continue;
    printf("%s in a crowd: a wakeup was lost in round %lu\n", i < CROWD ? kind_names[i % KINDS] : "the caller", round);
    return 1;
  }
  return 0;
}

int crowd_progressed(void) {
  return current > 10;
}

void crowd_kick(void) {
  for (int i = 0; i < 2; i++) by_ioctl(hubs[i], ADD, EPOLLIN);
  by_ioctl(done, ADD, EPOLLIN);
}

int crowd_ended(void) {
  for (int i = 0; i < CROWD; i++) {
    if (members[i].player.tid != -1) return 0;
  }
  return caller.tid == -1;
}

void crowd_stop(void) {
  pthread_join(caller.thread, NULL);
  for (int i = 0; i < CROWD; i++) {
    pthread_join(members[i].player.thread, NULL);
    for (int hub = 0; hub < 2; hub++) waiter_close(&members[i].waiters[hub]);
  }
  for (int i = 0; i < 2; i++) close(hubs[i]);
  close(done);
  printf("a crowd of %d: %lu rounds\n", CROWD, current);
  check("a crowd", current > 10);
}

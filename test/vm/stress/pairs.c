// SPDX-License-Identifier: LGPL-2.1-or-later
// The game of turns. Each pair hands one number to and fro over two files: the one that finds IN on its own file takes it away, raises
// the number and adds IN to the other's. Both sleep without a limit, so a lost wakeup ends their game for good.

#include "stress.h"

struct side {
  struct player player;
  struct pair *pair;
  struct waiter waiter;
  int fd;
  atomic_ulong woken_for_nothing;
};

struct pair {
  enum kind kind;
  struct side sides[2];
  atomic_ulong turn; /* even: the turn of side 0 */
  /* aio: how many calls found it stuck, in this turn */
  unsigned long stuck_turn;
  int stuck_calls;
};

/** Two of each kind; the storms spare the first, see stress.h. */
#define PAIRS (2 * KINDS)
static struct pair pairs[PAIRS];

static void *play(void *arg) {
  struct side *side = arg;
  struct pair *pair = side->pair;
  unsigned long mine = side == &pair->sides[1];
  struct side *other = &pair->sides[!mine];
  player_begins(&side->player);
  while (!is_stopped) {
    if (!(shown(side->fd) & EPOLLIN)) {
      waiter_sleep(&side->waiter);
      if (!(shown(side->fd) & EPOLLIN)) side->woken_for_nothing++;
      continue;
    }
    by_ioctl(side->fd, DEL, EPOLLIN);
    if (!is_stopped && (pair->turn & 1) != mine) {
      printf("%s: IN without a turn\n", kind_names[pair->kind]);
      _exit(1);
    }
    pair->turn++;
    by_ioctl(other->fd, ADD, EPOLLIN);
  }
  player_ends(&side->player);
  return NULL;
}

void pairs_start(void) {
  for (int number = 0; number < PAIRS; number++) {
    struct pair *pair = &pairs[number];
    pair->kind = number / 2;
    for (int i = 0; i < 2; i++) {
      struct side *side = &pair->sides[i];
      side->pair = pair;
      side->fd = need_vpoll(i == 0 ? EPOLLIN : 0);
      waiter_open(&side->waiter, pair->kind, side->fd);
    }
  }
  for (int i = 0; i < 2 * PAIRS; i++) {
    struct side *side = &pairs[i / 2].sides[i % 2];
    pthread_create(&side->player.thread, NULL, play, side);
  }
}

/**
 * Both sleep, though one of them has IN. Its partner sleeps too, so the request that added IN has returned, and its wakeup was
 * given or is lost: a thread that was woken is runnable. The turn and the first state are looked at again at the end, since the looks are
 * not one moment.
 */
static int is_stuck(struct pair *pair) {
  unsigned long turn = pair->turn;
  struct side *waiting = &pair->sides[turn & 1], *partner = &pair->sides[!(turn & 1)];
  return player_sleeps(&partner->player) && (shown(waiting->fd) & EPOLLIN) && player_sleeps(&waiting->player) &&
         player_sleeps(&partner->player) && pair->turn == turn;
}

static int stays_stuck(struct pair *pair, unsigned long turn) {
  if (pair->kind == BY_AIO) {
    int is_same = pair->stuck_turn == turn && is_stuck(pair) && pair->turn == turn;
    pair->stuck_calls = is_same ? pair->stuck_calls + 1 : 0;
    pair->stuck_turn = turn;
    return pair->stuck_calls >= AIO_CALLS;
  }
  int looks = 0;
  while (looks < LOOKS && is_stuck(pair) && pair->turn == turn) {
    usleep(10000);
    looks++;
  }
  return looks == LOOKS;
}

int pairs_lost(void) {
  for (int number = 0; number < PAIRS; number++) {
    struct pair *pair = &pairs[number];
    unsigned long turn = pair->turn;
    if (!stays_stuck(pair, turn)) continue;
    printf("%s: a wakeup was lost in turn %lu\n", kind_names[pair->kind], turn);
    return 1;
  }
  return 0;
}

int noise_target(unsigned number) {
  return pairs[number / 2 % PAIRS].sides[number % 2].fd;
}

int is_quiet(unsigned number) {
  return number / 2 % 2 == 0;
}

int pairs_progressed(void) {
  for (int number = 0; number < PAIRS; number++) {
    if (pairs[number].turn <= 10) return 0;
  }
  return 1;
}

void pairs_kick(void) {
  for (unsigned i = 0; i < TARGETS; i++) by_ioctl(noise_target(i), ADD, EPOLLIN);
}

int pairs_ended(void) {
  for (unsigned i = 0; i < TARGETS; i++) {
    if (pairs[i / 2].sides[i % 2].player.tid != -1) return 0;
  }
  return 1;
}

void pairs_stop(void) {
  for (int number = 0; number < PAIRS; number++) {
    struct pair *pair = &pairs[number];
    unsigned long nothing = 0;
    for (int i = 0; i < 2; i++) {
      pthread_join(pair->sides[i].player.thread, NULL);
      waiter_close(&pair->sides[i].waiter);
      close(pair->sides[i].fd);
      nothing += pair->sides[i].woken_for_nothing;
    }
    printf("%s: %lu turns, %lu times woken for nothing\n", kind_names[pair->kind], pair->turn, nothing);
    check(kind_names[pair->kind], pair->turn > 10);
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: of several EPOLLEXCLUSIVE sleepers at least one wakes for each ADD. All wake for HUP, ERR and RDHUP, as when the other end of a pipe goes. One that waits
// for another bit neither wakes nor uses the wakeup up, and a sleeper without the option always wakes.

#include <poll.h>

#include "guest.h"

#define SLEEPERS 4

static int pipes[2];

/** A child that sleeps until an event of `interest` and then says its letter. */
static pid_t sleeper(int fd, uint32_t interest, char letter) {
  pid_t pid = fork();
  if (pid == 0) _exit(!wait_ms(watch(fd, interest), LONG_MS) || write(pipes[1], &letter, 1) != 1);
  until_asleep(pid);
  return pid;
}

/** The letter of a sleeper that woke; 0 where none does. */
static char woken(void) {
  struct pollfd entry = {pipes[0], POLLIN, 0};
  char letter = 0;
  if (poll(&entry, 1, LONG_MS) != 1 || read(pipes[0], &letter, 1) != 1) return 0;
  return letter;
}

/** A request for `events` wakes every sleeper. */
static void wakes_all(enum op op, uint32_t events, uint32_t interest) {
  int fd = need_vpoll(0), count = 0;
  pid_t pids[SLEEPERS];
  for (int i = 0; i < SLEEPERS; i++) pids[i] = sleeper(fd, interest | EPOLLEXCLUSIVE, 'x');
  by_ioctl(fd, op, events);
  while (count < SLEEPERS && woken() == 'x') count++;
  equal("all of the exclusive ones", count, SLEEPERS);
  for (int i = 0; i < SLEEPERS; i++) equal("an exclusive one", status_of(pids[i]), 0);
  close(fd);
}

/** Each ADD of what a waiter takes wakes at least one. */
static void wakes_one(void) {
  int fd = need_vpoll(0), exclusive = 0, plain = 0;
  pid_t pids[SLEEPERS], other, always;
  other = sleeper(fd, EPOLLOUT | EPOLLEXCLUSIVE, 'o');
  for (int i = 0; i < SLEEPERS; i++) pids[i] = sleeper(fd, EPOLLIN | EPOLLEXCLUSIVE, 'x');
  always = sleeper(fd, EPOLLIN, 'p');

  by_ioctl(fd, ADD, EPOLLIN);
  while (!exclusive || !plain) {
    char letter = woken();
    if (letter == 'x') exclusive++;
    else if (letter == 'p') plain++;
    else break;
  }
  check("one of the exclusive ones", exclusive >= 1);
  equal("the one without the option", plain, 1);
  equal("the one that waits for OUT sleeps", state_of(other), 'S');

  // Each ADD wakes one more, though the bit is set already.
  for (; exclusive < SLEEPERS; exclusive++) {
    by_ioctl(fd, ADD, EPOLLIN);
    equal("one more", woken(), 'x');
  }
  equal("the one that waits for OUT sleeps", state_of(other), 'S');
  by_ioctl(fd, ADD, EPOLLOUT);
  equal("and wakes for it", woken(), 'o');
  for (int i = 0; i < SLEEPERS; i++) equal("an exclusive one", status_of(pids[i]), 0);
  equal("the one without the option", status_of(always), 0);
  equal("the one that waits for OUT", status_of(other), 0);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  if (pipe(pipes)) return 1;
  wakes_one();
  wakes_all(ADD, EPOLLHUP, EPOLLIN);
  wakes_all(ADD, EPOLLERR, EPOLLIN | EPOLLET);
  wakes_all(SET, EPOLLRDHUP | EPOLLIN, EPOLLIN);
  wakes_all(SET, EPOLLHUP | EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLOUT);
  return end();
}

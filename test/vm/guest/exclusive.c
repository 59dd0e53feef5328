// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: of several EPOLLEXCLUSIVE sleepers at least one wakes for each ADD, one that waits for another bit doesn't use the wakeup
// up, and a sleeper without the option always wakes.

#define _GNU_SOURCE
#include <sys/wait.h>

#include "guest.h"

#define SLEEPERS 4

/** A child that sleeps until an event of `interest` and then writes a byte. */
static pid_t sleeper(int fd, uint32_t interest, int report) {
  pid_t pid = fork();
  if (pid) return pid;
  if (wait_ms(watch(fd, interest), 10000)) write(report, "w", 1) == 1 ? _exit(0) : _exit(1);
  _exit(2);
}

/** How many bytes come within `ms`. */
static int reports(int end, int ms) {
  char bytes[SLEEPERS + 2];
  usleep(ms * 1000);
  ssize_t count = read(end, bytes, sizeof bytes);
  return count < 0 ? 0 : count;
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0), pipes[2], woken;
  if (pipe2(pipes, O_NONBLOCK)) return 1;
  sleeper(fd, EPOLLOUT | EPOLLEXCLUSIVE, pipes[1]);
  for (int i = 0; i < SLEEPERS; i++) sleeper(fd, EPOLLIN | EPOLLEXCLUSIVE, pipes[1]);
  sleeper(fd, EPOLLIN, pipes[1]);
  usleep(500000);
  equal("all sleep", reports(pipes[0], 0), 0);

  by_ioctl(fd, ADD, EPOLLIN);
  by_ioctl(fd, DEL, EPOLLIN);
  woken = reports(pipes[0], 300);
  // A DEL may come before they have looked; then they sleep on, so this counts again with the bit left set.
  by_ioctl(fd, ADD, EPOLLIN);
  woken += reports(pipes[0], 500);
  check("the one without the option and one more", woken >= 2);

  by_ioctl(fd, SET, EPOLLHUP | EPOLLIN | EPOLLOUT);
  for (int i = 0; i < SLEEPERS; i++) by_ioctl(fd, ADD, EPOLLIN | EPOLLOUT);
  equal("all in the end", woken + reports(pipes[0], 500), SLEEPERS + 2);
  for (int i = 0, status; i < SLEEPERS + 2; i++) check("a sleeper", wait(&status) > 0 && status == 0);
  return end();
}

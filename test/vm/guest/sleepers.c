// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows who wakes: a sleeper sleeps on through DELs, empty requests and bits that it didn't ask for, and wakes for its own.
// A wakeup that finds nothing leaves no trace but the count of voluntary context switches, proc(5).

#include <poll.h>

#include "guest.h"

static long switches(pid_t pid) {
  char path[64], line[256];
  long count = -1;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *status = fopen(path, "r");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "voluntary_ctxt_switches: %ld", &count);
  if (status) fclose(status);
  return count;
}

/** Status 0 when the wait ended with PRI. */
static int sleeps_in_epoll(int fd) {
  return wait_ms(watch(fd, EPOLLPRI), LONG_MS) & EPOLLPRI ? 0 : 1;
}

static int sleeps_in_poll(int fd) {
  struct pollfd entry = {fd, POLLPRI, 0};
  return poll(&entry, 1, LONG_MS) == 1 && entry.revents == POLLPRI ? 0 : 1;
}

static void sleeper(const char *name, int (*sleeps)(int)) {
  int fd = need_vpoll(0);
  pid_t child = fork();
  if (child == 0) _exit(sleeps(fd));
  until_asleep(child);

  long before = switches(child);
  for (int i = 0; i < 10; i++) {
    by_ioctl(fd, DEL, EPOLLIN | EPOLLPRI);
    by_ioctl(fd, ADD, 0);
    by_ioctl(fd, SET, 0);
    by_ioctl(fd, ADD, EPOLLIN);
    by_ioctl(fd, SET, EPOLLOUT);
    by_ioctl(fd, DEL, EPOLLOUT);
    // A wakeup makes a sleeper runnable at once; let it count that, and sleep again.
    until_asleep(child);
  }
  // One may be the end of its falling asleep; a wrong wakeup would have made ten.
  check(name, switches(child) - before <= 1);

  by_ioctl(fd, SET, EPOLLPRI);
  equal(name, status_of(child), 0);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  sleeper("epoll", sleeps_in_epoll);
  sleeper("poll", sleeps_in_poll);
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes calls under a timer that fires every 200 us and whose handler has no SA_RESTART. Says how many of each kind were interrupted. Without `vpoll run`
// none is: open(2) of a regular file and eventfd(2) don't sleep. The argument is a folder to make files in.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMES 2000
#define IS_EVENTFD -1

static const struct {
  const char *name;
  int flags;
} KINDS[] = {
  {"O_RDONLY", O_RDONLY},
  {"O_RDONLY and O_CREAT", O_RDONLY | O_CREAT},
  {"O_CREAT and O_EXCL", O_WRONLY | O_CREAT | O_EXCL},
  {"O_PATH", O_RDWR | O_PATH},
  {"O_TMPFILE", O_RDWR | O_TMPFILE},
  {"eventfd", IS_EVENTFD},
};

static void on_alarm(int signal) {
  (void)signal;
}

static int make(const char *folder, int flags) {
  if (flags == IS_EVENTFD) return eventfd(0, EFD_CLOEXEC);
  if (flags & O_EXCL) unlink("file");
  return open(flags & O_DIRECTORY ? folder : "file", flags, 0600);
}

int main(int argc, char **argv) {
  const struct itimerval often = {{0, 200}, {0, 200}};
  const struct sigaction action = {.sa_handler = on_alarm};
  if (argc != 2 || chdir(argv[1]) || close(creat("file", 0600))) return 1;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  for (size_t kind = 0; kind < sizeof KINDS / sizeof *KINDS; kind++) {
    int interrupted = 0;
    for (int i = 0; i < TIMES; i++) {
      int fd = make(argv[1], KINDS[kind].flags);
      if (fd >= 0) close(fd);
      else if (errno == EINTR) interrupted++;
      else return perror(KINDS[kind].name), 1;
    }
    printf("%s: %d\n", KINDS[kind].name, interrupted);
  }
  return 0;
}

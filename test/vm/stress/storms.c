// SPDX-License-Identifier: LGPL-2.1-or-later
// Strangers: requests for other bits on the files of the games; files that come and go while somebody waits for them; processes
// that come and go with all files; readers of fdinfo.

#define _GNU_SOURCE
#include <poll.h>

#include "stress.h"

#define FRESH 16

static atomic_ulong requests, files, processes, reads;

/** Adds and takes away bits, so that the games' own sets stay theirs. HUP and ERR wake who never asked, PRI all who select. */
static void *noise(void *arg) {
  static const uint32_t events[] = {EPOLLOUT | EPOLLWRNORM, EPOLLRDHUP, EPOLLMSG, EPOLLPRI, EPOLLHUP, EPOLLERR};
  unsigned number = *(unsigned *)arg;
  for (; !is_stopped; number++) {
    int fd = noise_target(number);
    uint32_t bits = events[number / TARGETS % (is_quiet(number) ? 3 : 6)];
    by_write(fd, ADD, bits);
    if (by_ioctl(fd, ADD, POLLFREE) != -EINVAL) {
      printf("POLLFREE was not refused\n0 passed, 1 failed\n");
      _exit(1);
    }
    by_ioctl(fd, DEL, bits);
    requests += 3;
    if (number % 16 == 0) usleep(1000);
  }
  return NULL;
}

/** Files that are opened, waited for, asked and closed in every order. */
static void *come_and_go(void *arg) {
  int fds[FRESH], epfd = epoll_create1(EPOLL_CLOEXEC);
  unsigned seed = *(unsigned *)arg;
  for (int i = 0; i < FRESH; i++) fds[i] = -1;
  while (!is_stopped) {
    int *fd = &fds[rand_r(&seed) % FRESH];
    struct epoll_event event = {.events = EPOLLIN | (rand_r(&seed) & 1 ? EPOLLET : 0)};
    if (*fd < 0) {
      *fd = vpoll(EPOLLOUT);
      epoll_ctl(epfd, EPOLL_CTL_ADD, *fd, &event);
      files++;
    } else if (rand_r(&seed) % 4 == 0) {
      close(*fd);
      *fd = -1;
    } else {
      by_ioctl(*fd, rand_r(&seed) % 3 + 1, EPOLLIN);
      wait_ms(epfd, 0);
    }
    if (rand_r(&seed) % 64 == 0) usleep(1000);
  }
  for (int i = 0; i < FRESH; i++) {
    if (fds[i] >= 0) close(fds[i]);
  }
  close(epfd);
  return NULL;
}

/** Children that hold every file, ask for bits on some, wait a moment for one, and end without closing any. */
static void *fork_away(void *arg) {
  unsigned number = *(unsigned *)arg;
  for (; !is_stopped; number++) {
    pid_t child = fork();
    if (child == 0) {
      int fd = noise_target(number);
      struct pollfd entry = {fd, POLLMSG, 0};
      by_ioctl(fd, ADD, EPOLLMSG);
      poll(&entry, 1, 1);
      by_write(fd, DEL, EPOLLMSG);
      _exit(entry.revents & POLLNVAL ? 1 : 0);
    }
    if (child > 0 && status_of(child) != 0) {
      printf("a child lost its file\n0 passed, 1 failed\n");
      _exit(1);
    }
    processes += child > 0;
    usleep(1000);
  }
  return NULL;
}

static void *read_info(void *arg) {
  char path[64], text[256];
  unsigned number = *(unsigned *)arg;
  for (; !is_stopped; number++) {
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", noise_target(number));
    int info = open(path, O_RDONLY | O_CLOEXEC);
    while (info >= 0 && read(info, text, sizeof text) > 0) continue;
    if (info >= 0) close(info);
    reads++;
    usleep(1000);
  }
  return NULL;
}

static void *(*const storms[])(void *) = {noise, noise, noise, come_and_go, come_and_go, fork_away, read_info};
#define STORMS (sizeof storms / sizeof storms[0])
static pthread_t threads[STORMS];
static unsigned numbers[STORMS];

void storms_start(void) {
  for (unsigned i = 0; i < STORMS; i++) {
    numbers[i] = 7 * i + 1;
    pthread_create(&threads[i], NULL, storms[i], &numbers[i]);
  }
}

int storms_progressed(void) {
  return requests > 10 && files > 10 && processes > 1 && reads > 1;
}

void storms_stop(void) {
  for (unsigned i = 0; i < STORMS; i++) pthread_join(threads[i], NULL);
  printf("%lu requests for other bits, %lu files, %lu processes, %lu looks at fdinfo\n", requests, files, processes, reads);
  check("requests", requests > 10);
  check("files", files > 10);
  check("processes", processes > 1);
  check("looks", reads > 1);
}

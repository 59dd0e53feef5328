/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the scenarios share: a vpoll of the backend that argv[1] names (`eventfd` or `device`), its requests, and checks.
 * A scenario ends with a line `N passed, N failed` and status 1 where a check failed.
 */
#ifndef VPOLL_TEST_GUEST_H
#define VPOLL_TEST_GUEST_H

#include "../../../host/c/abi.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICE "/dev/vpoll"

/** Long enough for any machine: a wait of this kind ends by what it waits for, or the scenario fails. */
#define LONG_MS 30000

enum op { ADD = OP_ADD, DEL = OP_DEL, SET = OP_SET };

/** poll_wait() would forget its waiter: include/linux/wait.h. */
#define POLLFREE 0x4000u

/* Weak, so that a program of several files has one of each. */
__attribute__((weak)) int is_device;
__attribute__((weak)) int passed, failed;

#define check(what, condition) check_at(__FILE__, __LINE__, what, (condition) != 0)
#define equal(what, actual, expected) equal_at(__FILE__, __LINE__, what, (long long)(actual), (long long)(expected))

static inline void check_at(const char *file, int line, const char *what, int condition) {
  condition ? passed++ : failed++;
  if (!condition) printf("%s:%d: %s\n", file, line, what);
}

static inline void equal_at(const char *file, int line, const char *what, long long actual, long long expected) {
  actual == expected ? passed++ : failed++;
  if (actual != expected) printf("%s:%d: %s: 0x%llx, expected 0x%llx\n", file, line, what, actual, expected);
}

/** -errno instead of -1. */
static inline long result(long value) {
  return value < 0 ? -errno : value;
}

/** A request by ioctl(2): the new set, or -errno. */
static inline long by_ioctl(int fd, int op, unsigned long events) {
  return result(ioctl(fd, _IO('^', op), events));
}

/** A request by write(2): 0, or -errno. */
static inline long by_write(int fd, uint32_t op, uint32_t events) {
  uint64_t word = (uint64_t)op << 32 | events;
  long written = result(write(fd, &word, sizeof word));
  return written == sizeof word ? 0 : written;
}

/** What a write of more than 8 bytes comes to: to an eventfd of ours what a counter of this kernel makes of it, 8 or -EINVAL (since 6.9); the device takes it. */
static inline long by_long_write(void) {
  uint64_t words[2] = {1, 1};
  int counter = eventfd(0, EFD_CLOEXEC);
  long taken = is_device ? 8 : result(write(counter, words, sizeof words));
  check("taken or refused", taken == 8 || taken == -EINVAL);
  close(counter);
  return taken;
}

/** The current events by read(2), or -errno. */
static inline long shown(int fd) {
  uint64_t word = 0;
  long size = result(read(fd, &word, sizeof word));
  return size == sizeof word ? (long)word : size;
}

/** A new vpoll that shows `events`, or -errno. */
static inline int vpoll(uint32_t events) {
  if (!is_device) return result(eventfd(events, EFD_VPOLL | EFD_CLOEXEC));
  int fd = result(open(DEVICE, O_RDWR | O_CLOEXEC));
  if (fd < 0) return fd;
  long set = by_ioctl(fd, SET, events);
  if (set >= 0) return fd;
  close(fd);
  return set;
}

/** A vpoll without which a scenario makes no sense. */
static inline int need_vpoll(uint32_t events) {
  int fd = vpoll(events);
  if (fd >= 0) return fd;
  printf("no vpoll: %s\n0 passed, 1 failed\n", strerror(-fd));
  exit(1);
}

/** An epoll that waits for `events` of `fd`. */
static inline int watch(int fd, uint32_t events) {
  struct epoll_event event = {.events = events};
  int epfd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) == 0) return epfd;
  printf("epoll_ctl: %s\n0 passed, 1 failed\n", strerror(errno));
  exit(1);
}

/** What a wait gives within `ms`, 0 where it gives nothing. */
static inline uint32_t wait_ms(int epfd, int ms) {
  struct epoll_event event = {0};
  return epoll_wait(epfd, &event, 1, ms) == 1 ? event.events : 0;
}

/** The state of a process or thread, as in proc_pid_stat(5): 'S' sleeps, 'R' runs, 'Z' has ended. */
static inline char state_of(pid_t pid) {
  char path[64], text[256], state = '?';
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *stat = fopen(path, "r");
  if (!stat) return state;
  size_t size = fread(text, 1, sizeof text - 1, stat);
  text[size] = 0;
  char *name_end = strrchr(text, ')');
  if (name_end) sscanf(name_end + 1, " %c", &state);
  fclose(stat);
  return state;
}

/** Waits until `pid` sleeps in a system call. A machine that is so slow that a minute isn't enough fails the scenario. */
static inline void until_asleep(pid_t pid) {
  for (int i = 0; i < 6000; i++) {
    if (state_of(pid) == 'S') return;
    usleep(10000);
  }
  printf("process %d never slept\n", pid);
  failed++;
}

/** How a child ended: its exit status, or minus the signal. */
static inline int status_of(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void begin(int argc, char **argv) {
  setlinebuf(stdout);
  is_device = argc > 1 && strcmp(argv[1], "device") == 0;
}

static inline int end(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}

#endif

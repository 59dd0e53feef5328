// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: whichever allocation fails while a vpoll is made, the answer is ENOMEM, no descriptor is left, and the next one works. (Where the
// answer is a vpoll all the same, the allocation was one that the kernel's own checks can do without, kmemleak's say; it must work.)
// Needs fault injection: see Documentation/fault-injection. Not in guest/, since only the debugging kernels have it.
//
//     memory BACKEND
//
// What the kernel itself would leak of it, kmemleak tells, which the suite asks afterwards.

#include <dirent.h>

#include "../guest/guest.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define ROUNDS 20
#define ALLOCATIONS_MAX 100

static int knob;

static void set(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value)) {
    close(fd);
    return;
  }
  printf("%s: %s\n0 passed, 1 failed\n", path, strerror(errno));
  exit(1);
}

/** Lets the n-th allocation from now on fail; 0 none. */
static void fail_nth(int n) {
  char text[16];
  int size = snprintf(text, sizeof text, "%d", n);
  if (pwrite(knob, text, size, 0) == size) return;
  printf("%s: %s\n0 passed, 1 failed\n", FAIL_NTH, strerror(errno));
  exit(1);
}

/** Whether the allocation that was to fail came, and failed. */
static int has_failed(void) {
  char text[16] = {0};
  return pread(knob, text, sizeof text - 1, 0) > 0 && atoi(text) == 0;
}

static int count_of_fds(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

/** Only the call that makes the file: the first event of a device is a request of its own. */
static long make(void) {
  return is_device ? result(open(DEVICE, O_RDWR | O_CLOEXEC)) : result(eventfd(EPOLLIN, EFD_VPOLL | EFD_CLOEXEC));
}

/** Makes a vpoll while one allocation after the other fails. How many of them it couldn't do without. */
static int one_round(void) {
  int before = count_of_fds(), refused = 0;
  for (int n = 1; n <= ALLOCATIONS_MAX; n++) {
    fail_nth(n);
    long fd = make();
    int failed_here = has_failed();
    fail_nth(0);
    if (fd >= 0) check("it works", by_ioctl(fd, ADD, EPOLLIN) == EPOLLIN);
    if (fd >= 0) close(fd);
    equal("descriptors", count_of_fds(), before);
    if (!failed_here) {
      check("with all its memory it works", fd >= 0);
      return refused;
    }
    if (fd >= 0) continue;
    equal("an allocation fails", fd, -ENOMEM);
    refused++;
  }
  check("an end", 0);
  return refused;
}

static void works(void) {
  int fd = need_vpoll(0), epfd = watch(fd, EPOLLIN);
  by_ioctl(fd, ADD, EPOLLIN | EPOLLPRI);
  equal("a new one works", wait_ms(epfd, 0), EPOLLIN);
  equal("and shows", shown(fd), EPOLLIN | EPOLLPRI);
  close(epfd);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  // By default no allocation that may wait fails. The stacks of those that do would fill the log.
  set("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
  set("/sys/kernel/debug/failslab/verbose", "0");
  knob = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
  check(FAIL_NTH, knob >= 0);
  if (failed) return end();
  works();
  int allocations = one_round();
  printf("can't do without %d allocations\n", allocations);
  // The file and what is behind it.
  for (int round = 0; round < ROUNDS; round++) check("more than one", one_round() >= 2);
  works();
  return end();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* Texts, processes and waiting: what the parts of the helper share, by system calls alone. */
#include "base.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void add(struct text *text, const char *more, size_t size) {
  const size_t room = sizeof text->bytes - 1 - text->length;
  if (size > room) size = room;
  memcpy(text->bytes + text->length, more, size);
  text->length += size;
  text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *more) {
  add(text, more, strlen(more));
}

void text_add_number(struct text *text, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  add(text, digits + at, sizeof digits - at);
}

void text_add_with(struct text *text, const char *more, uint64_t number) {
  for (; *more != '\0'; more++) {
    if (more[0] == '%' && more[1] == 'u') {
      text_add_number(text, number);
      more++;
    } else {
      add(text, more, 1);
    }
  }
}

void text_add_failure(struct text *text, const char *call, long status) {
  text_add(text, call);
  text_add(text, ": errno ");
  text_add_number(text, (uint64_t)-status);
}

int64_t parse_number(const char *text) {
  int64_t number = 0;
  if (*text == '\0') return -EINVAL;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || number > UINT32_MAX) return -EINVAL;
    number = 10 * number + (*text - '0');
  }
  return number;
}

long write_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    const long n = kernel(SYS_write, fd, bytes, size);
    if (n == -EINTR) continue;
    if (n < 0) return n;
    bytes += n;
    size -= (size_t)n;
  }
  return 0;
}

long start_child(void) {
#ifdef VPOLL_FREESTANDING
  return kernel(SYS_clone, SIGCHLD);
#else
  const pid_t pid = fork();
  return pid < 0 ? -errno : pid;
#endif
}

long wait_child(long pid) {
  int status = 0;
  long r;
  do r = kernel(SYS_wait4, pid, &status, 0, NULL);
  while (r == -EINTR);
  return r < 0 ? r : status;
}

static int64_t now_ms(void) {
  struct timespec now;
  kernel(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long wait_readable(int fd, int64_t timeout_ms) {
  const int64_t end_ms = now_ms() + timeout_ms;
  for (;;) {
    const int64_t left_ms = end_ms - now_ms();
    struct pollfd it = {.fd = fd, .events = POLLIN};
    const long n = kernel_poll(&it, 1, left_ms > 0 ? (int)left_ms : 0);
    if (n != -EINTR) return n;
  }
}

void close_from(int first) {
#ifdef SYS_close_range
  if (kernel(SYS_close_range, first, ~0u, 0u) == 0) return;
#endif
  struct rlimit limit;
  if (kernel(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0 || limit.rlim_cur > 1 << 20) limit.rlim_cur = 1 << 20;
  for (int fd = first; fd < (int)limit.rlim_cur; fd++) kernel(SYS_close, fd);
}

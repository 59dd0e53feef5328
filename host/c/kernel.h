/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * System calls by the processor's own instruction and never through libc. A program may divert libc's functions to this library: its socket() is vpoll_create(),
 * its recv() a DEL of IN. Calls of ours would land there. So no call here sets errno, and none is a cancellation point of pthreads(7).
 *
 * Where the instruction isn't known, libc's syscall(2), fstat(3) and vfork(2) stand in for it: the library works there, but not in a program that diverts those.
 * A machine whose long has 32 bits is refused: there the kernel's structures and numbers are others than libc's.
 */
#ifndef VPOLL_KERNEL_H
#define VPOLL_KERNEL_H

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "system calls of 64 bits");

/* Bytes of a signal mask as the kernel has it. */
enum { KERNEL_MASK_SIZE = 8 };

/* Part of its caller in every build: what runs in a child (child.c) may call nothing that a sanitizer watches. */
#define KERNEL_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && !defined(VPOLL_BY_LIBC)

#define VPOLL_IS_DIRECT 1
KERNEL_INLINE long kernel_enter(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__) && !defined(VPOLL_BY_LIBC)

#define VPOLL_IS_DIRECT 1
KERNEL_INLINE long kernel_enter(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

#else

#define VPOLL_IS_DIRECT 0
KERNEL_INLINE long kernel_enter(long number, long a, long b, long c, long d, long e, long f) {
  const int before = errno;
  const long result = syscall(number, a, b, c, d, e, f);
  if (result != -1) return result;
  const int error = errno;
  errno = before;
  return -error;
}

#endif

/* One system call, by its number and up to six arguments: >= 0 or -errno. */
#define kernel(...) KERNEL_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define KERNEL_CALL(number, a, b, c, d, e, f, ...) \
  kernel_enter(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline long kernel_fstat(int fd, struct stat *found) {
#if VPOLL_IS_DIRECT
  return kernel(SYS_fstat, fd, found);
#else
  // The kernel's structure need not be libc's.
  return fstat(fd, found) < 0 ? -errno : 0;
#endif
}

static inline long kernel_poll(struct pollfd *fds, unsigned long count, int timeout_ms) {
#ifdef SYS_poll
  return kernel(SYS_poll, fds, count, timeout_ms);
#else
  // arm64 has no other.
  struct timespec left = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
  return kernel(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &left, NULL, KERNEL_MASK_SIZE);
#endif
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the helper has in place of a libc: it makes system calls (../kernel.h) and nothing else, so that it is one small file without a library to load. A status is
 * >= 0 or -errno; there is no errno.
 *
 * Where kernel.h doesn't know the processor, and where a sanitizer watches, the same sources are linked with libc (VPOLL_FREESTANDING is not defined).
 */
#ifndef VPOLL_HELPER_BASE_H
#define VPOLL_HELPER_BASE_H

#include "../kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of Linux 5.2, which a libc may not know yet. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* A text that is put together. What there is no room for is left out. It ends with a NUL. */
struct text {
  size_t length;
  char bytes[1024];
};

void text_add(struct text *, const char *more);
void text_add_number(struct text *, uint64_t number);
/* The text, with each %u of it replaced by the number. */
void text_add_with(struct text *, const char *more, uint64_t number);
/* Where a call has failed: its name and the error, as "open: errno 2". */
void text_add_failure(struct text *, const char *call, long status);

/* A decimal number and nothing else, or -EINVAL. */
int64_t parse_number(const char *text);

/* Writes all of it. */
long write_all(int fd, const char *bytes, size_t size);

/* Closes this descriptor and all above it: what a program that started us has left open would stay open as long as we serve. */
void close_from(int first);

/* fork(2). */
long start_child(void);
/* Waits for a child's end: its status as wait(2) gives it, or -errno. */
long wait_child(long pid);
/* Waits until the descriptor can be read or has hung up: 1, or 0 after so many ms. */
long wait_readable(int fd, int64_t timeout_ms);

/* The program. `environment` is as main's third argument. */
int helper_main(int argc, char **argv, char **environment);

#endif

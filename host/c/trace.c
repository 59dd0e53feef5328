/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Nothing here allocates or locks, since a call that is traced may be a signal handler's. The file is opened for each line: a descriptor that was kept could be
 * closed by the program, and its number be another file's.
 */
#include "trace.h"

#include "fuse.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { UNKNOWN, OFF, ON };
/* Any thread reads it. Where VPOLL_TRACE is set, the first one that comes writes `path`, and stores ON after that. */
static atomic_int state = UNKNOWN;
/* Written by that one thread before `state` is ON, and by none later. */
static char path[PATH_MAX];

/* Notes where the file is, as seen from where the program is now: a daemon goes elsewhere. No file has a longer name than this; the empty one says ENOENT. */
static void find(const char *name) {
  if (*name != '/') {
    // getcwd(2) says "(unreachable)" of a folder that is not below the root.
    if (kernel(SYS_getcwd, path, sizeof path - 1) < 0 || *path != '/') path[0] = '\0';
    if (path[0] == '\0') return;
    strcat(path, "/");
  }
  const size_t before = strlen(path);
  if (strlen(name) < sizeof path - before) strcpy(path + before, name);
  else path[0] = '\0';
}

bool vpoll_is_traced(void) {
  int now = atomic_load_explicit(&state, memory_order_acquire);
  if (now != UNKNOWN) return now == ON;
  static atomic_flag is_read = ATOMIC_FLAG_INIT;
  const char *name = secure_getenv("VPOLL_TRACE");
  if (name == NULL || *name == '\0') {
    atomic_store_explicit(&state, OFF, memory_order_release);
    return false;
  }
  // Another thread writes the path down: this call goes without its line rather than wait.
  if (atomic_flag_test_and_set(&is_read)) return false;
  find(name);
  atomic_store_explicit(&state, ON, memory_order_release);
  return true;
}

/* Opens the file and writes to it: 0 or -errno. */
static int append_to_file(const char *bytes, size_t size) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, path, flags, 0600);
  if (fd < 0) return fd;
  const long status = size > 0 ? kernel(SYS_write, fd, bytes, size) : 0;
  kernel(SYS_close, fd);
  return status < 0 ? (int)status : 0;
}

int vpoll_check_trace(void) {
  return vpoll_is_traced() ? append_to_file("", 0) : 0;
}

struct text {
  char bytes[512];
  size_t size;
};

static void append(struct text *to, const char *text) {
  while (*text != '\0' && to->size < sizeof to->bytes - 1) to->bytes[to->size++] = *text++;
}

static void append_number(struct text *to, uint32_t number, unsigned base) {
  char digits[12];
  char *at = digits + sizeof digits - 1;
  *at = '\0';
  do *--at = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  append(to, base == 16 ? "0x" : "");
  append(to, at);
}

static void append_signed(struct text *to, int number) {
  if (number < 0) append(to, "-");
  append_number(to, number < 0 ? 0u - (uint32_t)number : (uint32_t)number, 10);
}

static void append_call(struct text *to, const struct vpoll_traced *line) {
  static const char *const ops[] = {"ADD", "DEL", "SET"};
  if (line->call == VPOLL_CREATE || line->call == VPOLL_PREPARE) {
    append(to, line->call == VPOLL_CREATE ? "vpoll_create(" : "vpoll_prepare(");
  } else {
    append(to, line->call == VPOLL_CTL ? "vpoll_ctl(" : "vpoll_close(");
    append_signed(to, line->fd);
  }
  if (line->call == VPOLL_CTL) {
    append(to, ", ");
    if (line->op >= 1 && line->op <= 3) append(to, ops[line->op - 1]);
    else append_signed(to, line->op);
    append(to, ", ");
  }
  if (line->call == VPOLL_CREATE || line->call == VPOLL_CTL) append_number(to, line->events, 16);
  append(to, ")");
}

/* Why the vpoll is not of a helper: nothing where none was tried. */
static void append_why(struct text *to) {
  int error;
  const char *missing, *const reason = vpoll_why_no_helper(&error, &missing);
  if (reason == NULL && error == 0) return;
  append(to, ", no helper: ");
  if (reason != NULL) {
    append(to, reason);
    return;
  }
  if (error == EOPNOTSUPP) {
    // What a build or an installation can mend is told apart.
    append(to, "EOPNOTSUPP, ");
    if (missing == NULL) append(to, "it can't serve here");
    else if (missing[0] == '\0') append(to, "its folder is unknown or has the sticky bit");
    else append(to, "there is no program "), append(to, missing);
    return;
  }
  append(to, "errno ");
  append_signed(to, error);
}

/* NAME=VALUE, cut off where it is long, and without what a terminal would obey. */
static void append_variable(struct text *to, const char *name) {
  enum { SHOWN_MAX = 100 };
  append(to, name);
  append(to, "=");
  const char *value = secure_getenv(name);
  for (int i = 0; value != NULL && value[i] != '\0' && i < SHOWN_MAX; i++) {
    const bool is_plain = value[i] >= ' ' && value[i] <= '~';
    append(to, (char[]){is_plain ? value[i] : '?', '\0'});
  }
}

void vpoll_complain(const char *call, const char *variable, int status) {
  static atomic_flag is_told = ATOMIC_FLAG_INIT;
  struct winsize size;
  if (kernel(SYS_ioctl, STDERR_FILENO, TIOCGWINSZ, &size) < 0 || atomic_flag_test_and_set(&is_told)) return;
  struct text text = {.size = 0};
  append(&text, "libvpoll: ");
  append_variable(&text, variable);
  append(&text, ": errno ");
  append_signed(&text, -status);
  append(&text, " from ");
  append(&text, call);
  append(&text, ", see vpoll(3)\n");
  kernel(SYS_write, STDERR_FILENO, text.bytes, text.size);
}

void vpoll_trace(const struct vpoll_traced *line) {
  struct text text = {.size = 0};
  append(&text, "[");
  append_number(&text, (uint32_t)kernel(SYS_getpid), 10);
  append(&text, "] ");
  append_call(&text, line);
  append(&text, line->status < 0 ? " = -1, errno " : " = ");
  append_signed(&text, line->status < 0 ? -line->status : line->status);
  if (line->remark != NULL) {
    append(&text, ", ");
    append(&text, line->remark);
  }
  if (line->wrong != NULL) {
    append(&text, ", ");
    append_variable(&text, line->wrong);
  }
  if (line->shown >= 0) {
    append(&text, ", shows ");
    append_number(&text, (uint32_t)line->shown, 16);
  }
  if (line->is_without_helper) append_why(&text);
  text.bytes[text.size++] = '\n';
  // A full disk takes no more lines; the program that is traced goes on.
  if (append_to_file(text.bytes, text.size) < 0) return;
}

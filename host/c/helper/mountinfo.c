/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* proc_pid_mountinfo(5): the fifth field of a line is the place; behind " - " stand the type and the source. The last line of a place is what is on top. */
#include "mountinfo.h"

#include "../core/policy.h"
#include "base.h"

#include <fcntl.h>

enum { PATH_SIZE = 4096, FIELD_OF_PLACE = 4 };

/* The text of a file, a byte at a time. */
struct reader {
  int fd;
  long size, at;
  char bytes[4096];
};

/* The next byte; -1 at the end. */
static int next(struct reader *it) {
  if (it->at == it->size) {
    it->at = 0;
    do it->size = kernel(SYS_read, it->fd, it->bytes, sizeof it->bytes);
    while (it->size == -EINTR);
    if (it->size <= 0) return it->size = 0, -1;
  }
  return (unsigned char)it->bytes[it->at++];
}

/* Compares the rest of a field with a text: whether they are the same. Blanks and backslashes stand there as a backslash and three octal digits. */
static bool is_field(struct reader *it, const char *text, int *end) {
  bool is_same = true;
  int c;
  while ((c = next(it)) >= 0 && c != ' ' && c != '\n') {
    if (c == '\\') c = 64 * (next(it) - '0') + 8 * (next(it) - '0'), c += next(it) - '0';
    if (is_same && c == (unsigned char)*text && *text != '\0') text++;
    else is_same = false;
  }
  *end = c;
  return is_same && *text == '\0';
}

/* Reads a line: whether there was one. `found` is what it says, where it is about that path. */
static bool read_line(struct reader *it, const char *path, enum mounted_by *found) {
  int end = ' ';
  bool is_place = false;
  for (int field = 0; end == ' '; field++) {
    if (is_field(it, field == FIELD_OF_PLACE ? path : "-", &end)) {
      if (field == FIELD_OF_PLACE) is_place = true;
      else if (field > FIELD_OF_PLACE) break;
    }
  }
  const bool is_fuse = end == ' ' && is_field(it, "fuse", &end);
  const bool is_ours = end == ' ' && is_field(it, VPOLL_SOURCE, &end) && is_fuse;
  if (is_place) *found = is_ours ? MOUNTED_OURS : MOUNTED_ANOTHERS;
  while (end >= 0 && end != '\n') end = next(it);
  return end == '\n';
}

enum mounted_by mounted_on(const char *name) {
  char path[PATH_SIZE];
  struct reader reader;
  enum mounted_by found = MOUNTED_NOTHING;
  // With its NUL, which makes room for the slash.
  const long folder = kernel(SYS_getcwd, path, sizeof path);
  if (folder < 0 || (size_t)folder + strlen(name) + 1 > sizeof path) return MOUNTED_ANOTHERS;
  path[folder - 1] = '/';
  memcpy(path + (folder == 2 ? 1 : folder), name, strlen(name) + 1);
  reader.size = reader.at = 0;
  reader.fd = (int)kernel(SYS_openat, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  // What can't be seen must not be covered.
  if (reader.fd < 0) return MOUNTED_ANOTHERS;
  while (read_line(&reader, path, &found));
  kernel(SYS_close, reader.fd);
  return found;
}

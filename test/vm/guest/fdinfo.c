// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: /proc/PID/fdinfo/FD names the field and gives the events; an eventfd keeps its id and claims no count.

#include "guest.h"

/** The text after `key` in fdinfo of `fd`, without the line's end; NULL where there is none. */
static const char *field(int fd, const char *key) {
  static char line[256];
  char path[64];
  const char *value = NULL;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(path, "r");
  while (!value && info && fgets(line, sizeof line, info)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, key, strlen(key)) == 0) value = line + strlen(key);
  }
  if (info) fclose(info);
  return value;
}

static void shows(int fd, const char *events) {
  const char *value = field(fd, is_device ? "vpoll-events: " : "eventfd-vpoll: ");
  check(events, value && strcmp(value, events) == 0);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  shows(fd, "0");
  by_ioctl(fd, SET, SETTABLE);
  shows(fd, "27df");
  by_ioctl(fd, SET, EPOLLIN | EPOLLRDHUP);
  shows(fd, "2001");
  check("no count", !field(fd, "eventfd-count:"));
  if (!is_device) check("an id", field(fd, "eventfd-id:"));
  check("an ordinary eventfd has a count", field(eventfd(1, 0), "eventfd-count:"));
  return end();
}

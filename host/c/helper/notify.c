/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/* sd_notify(3) without libsystemd: one datagram to the socket that NOTIFY_SOCKET names; a name that begins with @ is an abstract one, unix(7). */
#include "serve.h"

#include "base.h"

#include <sys/socket.h>
#include <sys/un.h>

static const char VARIABLE[] = "NOTIFY_SOCKET=";

/* What stands behind the name, or NULL. Letter by letter: of memcmp() a compiler makes calls that are not there without a libc. */
static const char *value_of(const char *entry) {
  for (const char *name = VARIABLE; *name != '\0'; name++, entry++) {
    if (*entry != *name) return NULL;
  }
  return entry;
}

void helper_notify(char *const *environment, const char *state) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const char *path = NULL;
  for (; path == NULL && *environment != NULL; environment++) path = value_of(*environment);
  const size_t length = path == NULL ? 0 : strlen(path);
  if (length < 2 || length >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return;
  memcpy(to.sun_path, path, length);
  if (path[0] == '@') to.sun_path[0] = '\0';
  const int fd = (int)kernel(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  // A manager that isn't there any more needs no word.
  kernel(SYS_sendto, fd, state, strlen(state), MSG_NOSIGNAL, &to, offsetof(struct sockaddr_un, sun_path) + length);
  kernel(SYS_close, fd);
}

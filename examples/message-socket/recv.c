/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * recv(2) of a program, diverted (LD_PRELOAD): on the message socket it asks the stack, on any other descriptor the kernel. Which
 * descriptors are meant is said by MESSAGE_SOCKET and MESSAGE_CHANNEL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int number(const char *name)
{
  const char *text = getenv(name);

  return text ? atoi(text) : -1;
}

/* All of it, as one thread asks at a time. Whether it came. */
static int read_all(int fd, void *to, size_t size)
{
  for (char *at = to; size > 0;) {
    ssize_t got = read(fd, at, size);

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return 0;
    at += got;
    size -= (size_t)got;
  }
  return 1;
}

static ssize_t ask(int channel, void *to, size_t size, int flags)
{
  uint32_t request[2] = { size > INT32_MAX ? INT32_MAX : (uint32_t)size, (uint32_t)flags };
  int32_t result;

  if (write(channel, request, sizeof(request)) != sizeof(request) || !read_all(channel, &result, sizeof(result))) {
    errno = ENOTCONN;
    return -1;
  }
  if (result < 0) {
    errno = -result;
    return -1;
  }
  if (!read_all(channel, to, (size_t)result)) {
    errno = ENOTCONN;
    return -1;
  }
  return result;
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
  ssize_t (*real)(int, void *, size_t, int) = (ssize_t (*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");

  return fd == number("MESSAGE_SOCKET") ? ask(number("MESSAGE_CHANNEL"), to, size, flags) : real(fd, to, size, flags);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A program of the sockets API, which knows nothing of vpoll: waits for messages and urgent messages on two sockets at once, and receives.
 *
 *     client FD PORT     the socket that it was given as FD, and one that it connects to PORT of this machine
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what)
{
  perror(what);
  exit(1);
}

static int connect_to(unsigned short port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
    fail("connect");
  return fd;
}

/* Whether there is more to come. */
static int receive(const char *name, int fd, int flags)
{
  char text[64];
  ssize_t size = recv(fd, text, sizeof(text), flags);

  if (size < 0)
    fail("recv");
  if (size == 0)
    printf("%s: end\n", name);
  else
    printf("%s: %s %.*s\n", name, flags & MSG_OOB ? "urgent" : "message", (int)size, text);
  return size > 0;
}

int main(int argc, char **argv)
{
  static const char *const names[] = { "given socket", "tcp socket" };
  struct pollfd fds[2] = { { .events = POLLIN | POLLPRI }, { .events = POLLIN | POLLPRI } };
  int open = 2;

  if (argc != 3)
    return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  fds[0].fd = atoi(argv[1]);
  fds[1].fd = connect_to((unsigned short)atoi(argv[2]));
  printf("waits for both\n");
  while (open > 0) {
    if (poll(fds, 2, 60000) <= 0)
      fail("poll");
    for (int i = 0; i < 2; i++) {
      if (fds[i].revents & POLLPRI) {
        receive(names[i], fds[i].fd, MSG_OOB);
      } else if (fds[i].revents && !receive(names[i], fds[i].fd, 0)) {
        fds[i].fd = -1;
        open--;
      }
    }
  }
  return 0;
}

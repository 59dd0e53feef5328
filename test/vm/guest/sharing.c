// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: a dup, a fork and a descriptor that travelled over a unix socket (SCM_RIGHTS) are the same vpoll.

#include <sys/socket.h>

#include "guest.h"

static int travelled(int fd) {
  char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int ends[2], received = -1;
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  equal("sendmsg", sendmsg(ends[0], &message, 0), 1);
  equal("recvmsg", recvmsg(ends[1], &message, 0), 1);
  memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
  close(ends[0]);
  close(ends[1]);
  return received;
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0), copy = dup(fd), epfd = watch(fd, EPOLLIN | EPOLLPRI);
  by_ioctl(copy, SET, EPOLLIN);
  equal("a dup", shown(fd), EPOLLIN);

  pid_t child = fork();
  if (child == 0) _exit(by_write(fd, ADD, EPOLLPRI) != 0);
  equal("its request", status_of(child), 0);
  equal("a child", shown(fd), EPOLLIN | EPOLLPRI);

  int other = travelled(fd);
  check("another number", other >= 0 && other != fd);
  close(fd);
  close(copy);
  by_ioctl(other, DEL, EPOLLIN);
  equal("over a socket", shown(other), EPOLLPRI);
  equal("an epoll keeps its file while it is open", wait_ms(epfd, 0), EPOLLPRI);
  close(other);
  equal("and drops it when it isn't", wait_ms(epfd, 0), 0);
  return end();
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: who has a vpoll's descriptor may change it, and no second descriptor of it may do less: it can't be opened again, and F_SETFL keeps the access mode. Who gets an
// epoll that watches it, in its place, polls and changes nothing.

#include <poll.h>
#include <sys/socket.h>

#include "guest.h"

/** Sends a descriptor over a socket, or with -1 receives one. */
static int pass(int socket, int fd) {
  char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (fd < 0) {
    if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message)) return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
  }
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(part), &fd, sizeof fd);
  return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

/** How it may be opened a second time, by /proc. */
static void no_second_open(void) {
  char path[64];
  int fd = need_vpoll(EPOLLOUT);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = result(open(path, O_RDONLY));
  // Each open of the device is a vpoll of its own.
  if (is_device) equal("another vpoll", shown(again), 0);
  else equal("an anonymous inode", again, -ENXIO);
  if (again >= 0) close(again);
  fcntl(fd, F_SETFL, O_RDONLY | O_NONBLOCK);
  equal("the access mode", fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
  equal("may be changed", by_ioctl(fd, ADD, EPOLLIN), EPOLLIN | EPOLLOUT);
  close(fd);
}

/** What a process can do that has the epoll alone: 0 where it sees the event and changes nothing. */
static int guest_of(int socket) {
  int epfd = pass(socket, -1);
  uint64_t word = (uint64_t)SET << 32;
  struct pollfd entry = {epfd, POLLIN, 0};
  if (by_ioctl(epfd, SET, 0) >= 0 || write(epfd, &word, sizeof word) >= 0) return 1;
  if (poll(&entry, 1, LONG_MS) != 1 || entry.revents != POLLIN) return 2;
  return wait_ms(epfd, 0) == EPOLLPRI ? 0 : 3;
}

static void an_epoll_in_its_place(void) {
  int sockets[2], fd = need_vpoll(0), epfd = watch(fd, EPOLLPRI);
  check("sockets", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
  pid_t child = fork();
  if (child == 0) {
    close(fd);
    close(epfd);
    _exit(guest_of(sockets[1]));
  }
  equal("sent", pass(sockets[0], epfd), 0);
  by_ioctl(fd, ADD, EPOLLPRI);
  equal("it polls, and changes nothing", status_of(child), 0);
  equal("what is shown", shown(fd), EPOLLPRI);
  close(sockets[0]);
  close(sockets[1]);
  close(epfd);
  close(fd);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  no_second_open();
  an_epoll_in_its_place();
  return end();
}

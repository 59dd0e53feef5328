// SPDX-License-Identifier: LGPL-2.1-or-later
// The kinds of wait.

#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>

#include "stress.h"

const char *const kind_names[KINDS] = {
    "poll",         "ppoll",       "select", "epoll",    "epoll, edge-triggered", "epoll, one shot",
    "epoll in epoll", "aio's poll", "io_uring", "io_uring, multishot"};

static void need(const char *what, long value) {
  if (value >= 0) return;
  printf("%s: %s\n0 passed, 1 failed\n", what, strerror(-value));
  _exit(1);
}

void waiter_open(struct waiter *waiter, enum kind kind, int fd) {
  *waiter = (struct waiter){.kind = kind, .fd = fd, .epfd = -1, .outer = -1, .ring.fd = -1};
  if (kind == BY_EPOLL) waiter->epfd = watch(fd, EPOLLIN);
  if (kind == BY_EDGE || kind == BY_NESTED) waiter->epfd = watch(fd, EPOLLIN | EPOLLET);
  if (kind == BY_ONESHOT) waiter->epfd = watch(fd, EPOLLIN | EPOLLONESHOT);
  if (kind == BY_NESTED) waiter->outer = watch(waiter->epfd, EPOLLIN);
  if (kind == BY_AIO) need("io_setup", result(syscall(SYS_io_setup, 4, &waiter->aio)));
  if (kind == BY_URING || kind == BY_MULTISHOT) need("io_uring_setup", ring_open(&waiter->ring));
}

void waiter_close(struct waiter *waiter) {
  if (waiter->outer >= 0) close(waiter->outer);
  if (waiter->epfd >= 0) close(waiter->epfd);
  if (waiter->kind == BY_AIO) syscall(SYS_io_destroy, waiter->aio);
  if (waiter->ring.fd >= 0) ring_close(&waiter->ring);
}

static void by_poll(int fd, int with_mask) {
  struct pollfd entry = {fd, POLLIN, 0};
  sigset_t mask;
  sigfillset(&mask);
  if (with_mask) ppoll(&entry, 1, NULL, &mask);
  else poll(&entry, 1, -1);
}

static void by_select(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  select(fd + 1, &set, NULL, NULL, NULL);
}

static void by_oneshot(struct waiter *waiter) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT};
  epoll_ctl(waiter->epfd, EPOLL_CTL_MOD, waiter->fd, &event);
  wait_ms(waiter->epfd, -1);
}

static void by_aio(struct waiter *waiter) {
  struct iocb request = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = waiter->fd, .aio_buf = POLLIN};
  struct iocb *requests[] = {&request};
  struct io_event event;
  need("io_submit", result(syscall(SYS_io_submit, waiter->aio, 1, requests)));
  while (syscall(SYS_io_getevents, waiter->aio, 1, 1, &event, NULL) != 1) continue;
}

static void by_ring(struct waiter *waiter) {
  int is_multishot = waiter->kind == BY_MULTISHOT;
  struct io_uring_sqe request = {.opcode = IORING_OP_POLL_ADD,
                                 .fd = waiter->fd,
                                 .poll32_events = POLLIN,
                                 .len = is_multishot ? IORING_POLL_ADD_MULTI : 0};
  struct io_uring_cqe entry;
  if (!waiter->is_polling) need("IORING_OP_POLL_ADD", ring_submit(&waiter->ring, request));
  while (!ring_take(&waiter->ring, &entry)) {
    syscall(SYS_io_uring_enter, waiter->ring.fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
  }
  waiter->is_polling = (entry.flags & IORING_CQE_F_MORE) != 0;
}

void waiter_sleep(struct waiter *waiter) {
  switch (waiter->kind) {
    case BY_POLL:
    case BY_PPOLL:
      by_poll(waiter->fd, waiter->kind == BY_PPOLL);
      break;
    case BY_SELECT:
      by_select(waiter->fd);
      break;
    case BY_ONESHOT:
      by_oneshot(waiter);
      break;
    case BY_NESTED:
      wait_ms(waiter->outer, -1);
      wait_ms(waiter->epfd, 0);
      break;
    case BY_AIO:
      by_aio(waiter);
      break;
    case BY_URING:
    case BY_MULTISHOT:
      by_ring(waiter);
      break;
    default:
      wait_ms(waiter->epfd, -1);
  }
}

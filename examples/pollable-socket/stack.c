/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stack in C gives its socket a descriptor that can be polled: by libvpoll. An application waits with poll(2) for it beside a pipe.
 * Run: cc -o /tmp/stack-c examples/pollable-socket/stack.c -lvpoll -pthread && /tmp/stack-c
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <vpoll.h>

/* The stack's side of a socket. `message` and `urgent` under `lock`: NULL is none. */
struct socket {
  int fd;
  pthread_mutex_t lock;
  pthread_cond_t taken;
  const char *message, *urgent;
};

static int pipe_ends[2];

static void must(int status, const char *what) {
  if (status >= 0) return;
  perror(what);
  exit(1);
}

/* A message has come: the descriptor shows it. Waits until the application has it. */
static void deliver(struct socket *it, const char **place, const char *text, uint32_t event) {
  pthread_mutex_lock(&it->lock);
  *place = text;
  must(vpoll_ctl(it->fd, VPOLL_CTL_ADDEVENTS, event), "vpoll_ctl");
  while (*place != NULL) pthread_cond_wait(&it->taken, &it->lock);
  pthread_mutex_unlock(&it->lock);
}

/* What recv(2) of this stack does: takes the message, and the descriptor shows it no more. */
static const char *receive(struct socket *it, const char **place, uint32_t event) {
  pthread_mutex_lock(&it->lock);
  const char *text = *place;
  *place = NULL;
  must(vpoll_ctl(it->fd, VPOLL_CTL_DELEVENTS, event), "vpoll_ctl");
  pthread_cond_signal(&it->taken);
  pthread_mutex_unlock(&it->lock);
  return text;
}

static void *stack(void *argument) {
  struct socket *it = argument;
  deliver(it, &it->message, "hello", EPOLLIN);
  deliver(it, &it->urgent, "stop", EPOLLPRI);
  must((int)write(pipe_ends[1], "!", 1), "write");
  return NULL;
}

int main(void) {
  struct socket it = {.lock = PTHREAD_MUTEX_INITIALIZER, .taken = PTHREAD_COND_INITIALIZER};
  must(it.fd = vpoll_create(0, FD_CLOEXEC), "vpoll_create");
  must(pipe(pipe_ends), "pipe");
  pthread_t thread;
  if (pthread_create(&thread, NULL, stack, &it) != 0) return 1;
  struct pollfd fds[] = {{.fd = it.fd, .events = POLLIN | POLLPRI}, {.fd = pipe_ends[0], .events = POLLIN}};
  while (fds[1].revents == 0) {
    must(poll(fds, 2, -1), "poll");
    if (fds[0].revents & POLLPRI) printf("urgent: %s\n", receive(&it, &it.urgent, EPOLLPRI));
    if (fds[0].revents & POLLIN) printf("message: %s\n", receive(&it, &it.message, EPOLLIN));
  }
  printf("the pipe can be read\n");
  pthread_join(thread, NULL);
  return vpoll_close(it.fd);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The helper of the fuse backend (fuse.c starts it): mounts, sends a descriptor of the mount over the socket that is its standard input, and serves until
 * the last descriptor of the mount is closed. What goes wrong before that is what it says there instead.
 */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Closes what the program that started us has left open: it would stay open as long as we serve. */
static void close_others(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
#endif
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 1 << 20) limit.rlim_cur = 1 << 20;
  for (int fd = 3; fd < (int)limit.rlim_cur; fd++) close(fd);
}

static int send_descriptor(int socket, int fd) {
  char text[] = "ready\n";
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
  memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  struct iovec data = {.iov_base = text, .iov_len = sizeof text - 1};
  const struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int fail(const char *call) {
  dprintf(0, "%s: %s\n", call, strerror(errno));
  return 1;
}

/* Who ends a program by a signal to all its processes, as a service manager does, is not to take from it what it still uses: we end with our last vpoll. */
static void ignore_signals(void) {
  static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
  // The library starts us with all signals blocked, so that none is earlier than this.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(void) {
  struct mounted mounted = {.device = -1, .file = -1};
  ignore_signals();
  struct stat standard;
  if (fstat(0, &standard) < 0 || !S_ISSOCK(standard.st_mode)) {
    fprintf(stderr, "vpoll-fuse serves the fuse backend of libvpoll, which starts it\n");
    return 2;
  }
  close_others();
  // Whoever started us is not to wait for our end, nor are we to end with its session.
  const pid_t pid = fork();
  if (pid < 0) return fail("fork");
  if (pid > 0) return 0;
  if (setsid() < 0) return fail("setsid");
  if (chdir("/") < 0) return fail("chdir");
  const char *failed = helper_mount(&mounted);
  if (failed != NULL) return fail(failed);
  const int status = send_descriptor(0, mounted.file);
  if (status < 0) return 1;
  for (int fd = 0; fd < 3; fd++) close(fd);
  close(mounted.file);
  return helper_serve(mounted.device) == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Starts the helper, by its absolute path, which the build has set, and with an empty environment. It sends an O_PATH descriptor of its mount's one file over
 * a socket that only it has, so that no other process can take its place (docs/decisions/008-libvpoll.md). The descriptor is lent to the core, and
 * keeps the helper alive as every vpoll does.
 */
#include "fuse.h"

#include "child.h"
#include "instance.h"
#include "kernel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/vfs.h>

/* What statfs(2) calls a file system of FUSE: linux/magic.h, which a libc need not bring along. */
static const uint32_t FUSE_MAGIC = 0x65735546;

/* How long a helper that starts may take. A machine that is slower than that is one where it hangs. */
static const int PATIENCE_MS = 20000;

/* Under the fuse lock: the lent descriptor, or -1, and what it was when it came. */
static int mount_fd = -1;
static dev_t mount_dev;
static ino_t mount_ino;

/* The program may have closed all its descriptors (closefrom(3)), and the number may be another file's. */
static bool is_there(void) {
  struct stat found;
  return mount_fd >= 0 && kernel_fstat(mount_fd, &found) == 0 && found.st_dev == mount_dev && found.st_ino == mount_ino;
}

static int lend(int fd) {
  w2c_core *core;
  const int status = vpoll_enter(&core);
  if (status < 0) return status;
  mount_fd = fd;
  w2c_core_lend(core, (u32)fd);
  vpoll_leave(-1);
  return 0;
}

static void let_go(void) {
  if (is_there()) kernel(SYS_close, mount_fd);
  lend(-1);
}

static int64_t now_ms(void) {
  struct timespec now;
  kernel(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket says something or has hung up: 0 or -errno. */
static int wait_for(int socket) {
  const int64_t end_ms = now_ms() + PATIENCE_MS;
  for (;;) {
    const int64_t left_ms = end_ms - now_ms();
    struct pollfd it = {.fd = socket, .events = POLLIN};
    const int n = (int)kernel_poll(&it, 1, left_ms > 0 ? (int)left_ms : 0);
    if (n > 0) return 0;
    if (n == 0) return -ETIMEDOUT;
    if (n != -EINTR) return n;
  }
}

/* The descriptor that the helper sends, or -EOPNOTSUPP where it sends none: then it can't be one here. */
static int receive(int socket) {
  const int status = wait_for(socket);
  if (status < 0) return status;
  char said[256];
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec data = {.iov_base = said, .iov_len = sizeof said};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  long n;
  do n = kernel(SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC);
  while (n == -EINTR);
  if (n < 0) return (int)n;
  // Another thread took the last number meanwhile: unix(7), SCM_RIGHTS.
  if (message.msg_flags & MSG_CTRUNC) return -EMFILE;
  const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return -EOPNOTSUPP;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/* Whether what came is a FUSE mount that is served: its server is asked. Notes what it is. */
static bool is_mount(int fd) {
  struct statfs system;
  struct stat found;
  if (kernel(SYS_fstatfs, fd, &system) < 0 || (uint32_t)system.f_type != FUSE_MAGIC || kernel_fstat(fd, &found) < 0) return false;
  mount_dev = found.st_dev;
  mount_ino = found.st_ino;
  return true;
}

/*
 * The descriptor to lend: open for writing, so that nobody can have a lease of the file (F_SETLEASE), which would hold up every open for 45 s. Closes the other.
 */
static int hold(int fd) {
  static const char folder[] = "/proc/self/fd/";
  char path[sizeof folder + 10];
  memcpy(path, folder, sizeof folder);
  int digits = 1;
  for (int rest = fd; rest >= 10; rest /= 10) digits++;
  char *const number = path + sizeof folder - 1;
  number[digits] = '\0';
  for (int rest = fd; digits > 0; rest /= 10) number[--digits] = (char)('0' + rest % 10);
  const int held = (int)kernel(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  kernel(SYS_close, fd);
  return held;
}

/* Lends what has come to the core: 0 or -errno. Closes it where it can't. */
static int take(int fd) {
  if (!is_mount(fd)) {
    kernel(SYS_close, fd);
    return -EOPNOTSUPP;
  }
  const int held = hold(fd);
  if (held < 0) return held;
  const int status = lend(held);
  if (status < 0) kernel(SYS_close, held);
  return status;
}

/* Starts a helper and lends its mount to the core: 0 or -errno. */
static int start(void) {
  int pair[2];
  int status = (int)kernel(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (status < 0) return status;
  // Out of the way of the numbers that it gets there: dup2(2) of one onto itself would leave it close-on-exec.
  const int theirs = (int)kernel(SYS_fcntl, pair[1], F_DUPFD_CLOEXEC, 3);
  // It leaves the helper to whoever adopts orphans, and ends.
  status = theirs < 0 ? theirs : vpoll_spawn(VPOLL_HELPER, theirs);
  kernel(SYS_close, pair[1]);
  if (theirs >= 0) kernel(SYS_close, theirs);
  if (status == 0) status = receive(pair[0]);
  if (status >= 0) status = take(status);
  // Only now, so that the first vpoll has a lower number than what is lent: programs count on that.
  kernel(SYS_close, pair[0]);
  // No program there: what was not installed is a backend that this machine lacks.
  return status == -ENOENT || status == -EACCES ? -EOPNOTSUPP : status;
}

static int attempt(uint32_t events, int flags, uint32_t options, uint32_t needs, int *why) {
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_create(core, FUSE, events, (u32)flags, options, needs);
  *why = (int)w2c_core_reason(core, FUSE);
  vpoll_leave(status);
  return status;
}

static int create(uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start) {
  int why = 0;
  if (!is_there()) lend(-1);
  // What the core refuses before it opens anything is no reason to start a process.
  int status = attempt(events, flags, options, needs, &why);
  if (status != -EOPNOTSUPP || (why != ENOENT && why != ENOTCONN && why != ECONNABORTED)) return status;
  if (!may_start) return -EOPNOTSUPP;
  // There is none, or it has died: those that it served stay as they are, and the next one is another's.
  let_go();
  status = start();
  return status < 0 ? status : attempt(events, flags, options, needs, &why);
}

int vpoll_create_on_fuse(uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start) {
  int status = vpoll_fuse_lock();
  if (status < 0) return status;
  status = create(events, flags, options, needs, may_start);
  vpoll_fuse_unlock();
  return status;
}

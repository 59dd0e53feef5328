/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Starts the helper (helper/main.c), by its absolute path, which the build has set (origin.h), and with an empty environment. It sends an O_PATH descriptor of its mount's one file over
 * a socket that only it has. So no other process can take its place (docs/decisions/008-libvpoll.md). The descriptor is lent to the core, and keeps the helper alive as every
 * vpoll does.
 */
#include "fuse.h"

#include "child.h"
#include "core/policy.h"
#include "guest.h"
#include "instance.h"
#include "kernel.h"
#include "origin.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/vfs.h>

/* Under the fuse lock: what is lent, or -1, and what it was when it came: the file, and the folder that it is in, where there is one. */
static struct lent {
  int fd;
  dev_t dev;
  ino_t ino;
} file = {.fd = -1}, tree = {.fd = -1};

/* The program may have closed all its descriptors (closefrom(3)), and the number may be another file's. */
static bool is_still(const struct lent *lent) {
  struct stat found;
  return lent->fd >= 0 && kernel_fstat(lent->fd, &found) == 0 && found.st_dev == lent->dev && found.st_ino == lent->ino;
}

static bool is_there(void) {
  return is_still(&file) && (tree.fd < 0 || is_still(&tree));
}

static struct lent note(int fd) {
  struct stat found = {0};
  if (fd >= 0) kernel_fstat(fd, &found);
  return (struct lent){.fd = fd, .dev = found.st_dev, .ino = found.st_ino};
}

static int lend(int fd, int folder) {
  w2c_core *core;
  const int status = vpoll_enter(&core);
  if (status < 0) return status;
  file = note(fd);
  tree = note(folder);
  w2c_core_lend(core, (u32)fd, (u32)folder);
  vpoll_leave(-1);
  return 0;
}

static void let_go(void) {
  if (is_still(&file)) kernel(SYS_close, file.fd);
  if (is_still(&tree)) kernel(SYS_close, tree.fd);
  lend(-1, -1);
}

static int64_t now_ms(void) {
  struct timespec now;
  kernel(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket says something or has hung up, but not for longer than that: 0 or -errno. */
static int wait_for(int socket, int patience_ms) {
  const int64_t end_ms = now_ms() + patience_ms;
  for (;;) {
    const int64_t left_ms = end_ms - now_ms();
    struct pollfd it = {.fd = socket, .events = POLLIN};
    const int n = (int)kernel_poll(&it, 1, left_ms > 0 ? (int)left_ms : 0);
    if (n > 0) return 0;
    if (n == 0) return -ETIMEDOUT;
    if (n != -EINTR) return n;
  }
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

/*
 * Whether a helper serves, and as we expect: with our number, or with the word alone, as one of 0.1, which looks at no argument and serves the same file. Another
 * number is another file or another talk, so what has come with it isn't used.
 */
static bool is_ours(const char *said, size_t size) {
  static const char ours[] = VPOLL_READY " " TEXT(VPOLL_ABI) " ", old[] = VPOLL_READY "\n";
  if (size == sizeof old - 1 && memcmp(said, old, size) == 0) return true;
  return size > sizeof ours && memcmp(said, ours, sizeof ours - 1) == 0 && said[size - 1] == '\n';
}

/* The descriptor that the helper sends, or -EOPNOTSUPP where it sends none, or isn't our helper: then it can't serve here. */
static int receive(int socket, int patience_ms) {
  const int status = wait_for(socket, patience_ms);
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
  if (is_ours(said, (size_t)n)) return fd;
  kernel(SYS_close, fd);
  return -EOPNOTSUPP;
}

/* Whether what came is a FUSE mount that is served: its server is asked. */
static bool is_mount(int fd) {
  struct statfs system;
  return kernel(SYS_fstatfs, fd, &system) >= 0 && (uint32_t)system.f_type == FUSE_SUPER_MAGIC;
}

/* The descriptor to lend, of the file that another names by O_PATH, which is closed. */
static int hold_by_path(int fd) {
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

/*
 * Lends what has come to the core: 0 or -errno. Closes it where it can't. It is a folder with the file, or, by a helper that can't make one, the file. What is lent
 * is open for writing. So nobody can have a lease of the file (F_SETLEASE), which would hold up every open for 45 s.
 */
static int take(int fd) {
  int folder = fd, held = (int)kernel(SYS_openat, fd, VPOLL_FILE, O_WRONLY | O_CLOEXEC);
  if (held == -ENOTDIR) {
    folder = -1;
    if (!is_mount(fd)) {
      kernel(SYS_close, fd);
      return -EOPNOTSUPP;
    }
    held = hold_by_path(fd);
  }
  int status = held < 0 ? held : is_mount(held) ? lend(held, folder) : -EOPNOTSUPP;
  if (status < 0 && held >= 0) kernel(SYS_close, held);
  if (status < 0 && folder >= 0) kernel(SYS_close, folder);
  return status;
}

/*
 * The same descriptor with a number that differs from those in the helper: dup2(2) of one onto itself would leave it close-on-exec. Closes the first.
 */
static int move_up(int fd) {
  if (fd < 0) return fd;
  const int moved = (int)kernel(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
  kernel(SYS_close, fd);
  return moved;
}

/* Whether the last start found no program at the helper's path, or none that may be opened. Written under the fuse lock, read without it. */
static atomic_bool is_missing;

/* Runs the helper with the socket, which is closed. It serves as a child of the process that adopts orphans: 0 or -errno. `process`: see child.h. */
static int run_helper(int socket, int *process) {
  char word[] = "helper", number[] = TEXT(VPOLL_ABI), detached[] = VPOLL_DETACHED;
  char *const path = vpoll_helper_path(), *const arguments[] = {path, word, number, detached, NULL};
  // Opened here, what is not installed starts no process.
  const int program = move_up((int)kernel(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC));
  atomic_store(&is_missing, program == -ENOENT || program == -EACCES);
  int status = program;
  if (program >= 0) {
    socket = move_up(socket);
    status = socket < 0 ? socket : vpoll_spawn(program, arguments, socket, process);
    kernel(SYS_close, program);
  }
  if (socket >= 0) kernel(SYS_close, socket);
  return status;
}

/* Starts a helper and lends its mount to the core: 0 or -errno. One that says nothing for that long is ended. */
static int start(int patience_ms) {
  int pair[2], process = -1;
  int status = (int)kernel(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (status < 0) return status;
  status = run_helper(pair[1], &process);
  if (status == 0) status = receive(pair[0], patience_ms);
  // One that hangs doesn't see that we are gone, and what else may stand there doesn't look.
  if (status == -ETIMEDOUT && process >= 0) vpoll_end(process);
  if (status >= 0) status = take(status);
  // Only now, so that the first vpoll has a lower number than what is lent: programs count on that.
  kernel(SYS_close, pair[0]);
  if (process >= 0) kernel(SYS_close, process);
  // No program there: what was not installed is a backend that this machine lacks.
  return status == -ENOENT || status == -EACCES ? -EOPNOTSUPP : status;
}

static int attempt(int backend, uint32_t events, int flags, uint32_t options, uint32_t needs) {
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_create(core, (u32)backend, events, (u32)flags, options, needs);
  vpoll_leave(status);
  return status;
}

/* Under the fuse lock: until when `auto` asks for no helper, in ms of CLOCK_MONOTONIC. */
static int64_t quiet_until_ms = INT64_MIN;

/* Why there is none: the rule that forbids it, or the error of its start. Written under the fuse lock; any thread reads them without it, each for itself. */
static _Atomic(const char *) rule;
static atomic_int failure;

/* Starts a helper that the program has asked for, unless that would break what it is about to do: 0 or -errno. */
static int start_asked(void) {
  const char *why = vpoll_why_no_start(true);
  if (why == NULL) return start(VPOLL_PATIENCE_MS);
  atomic_store(&rule, why);
  return -EOPNOTSUPP;
}

/*
 * Starts a helper that nobody has asked for, where it is harmless: 0 or -errno. Attempts that fail take at most a hundredth of a program's time (policy.ts).
 */
static int start_by_itself(void) {
  const int64_t began_ms = now_ms();
  if (began_ms < quiet_until_ms) return -EAGAIN;
  const char *why = vpoll_why_no_start(false);
  const int status = why ? -EPERM : start(VPOLL_UNASKED_PATIENCE_MS);
  atomic_store(&rule, why);
  atomic_store(&failure, why || status >= 0 ? 0 : -status);
  // A shortage of descriptors is of the moment.
  if (status >= 0 || status == -EMFILE || status == -ENFILE) return status;
  const int64_t end_ms = now_ms(), pause_ms = VPOLL_RETRY_TIMES * (end_ms - began_ms);
  quiet_until_ms = end_ms + (pause_ms > VPOLL_RETRY_MIN_MS ? pause_ms : VPOLL_RETRY_MIN_MS);
  return status;
}

static int create(int backend, uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start) {
  const bool is_asked_for = backend != AUTO || needs != 0;
  if (!is_there()) let_go();
  const int status = attempt(backend, events, flags, options | (may_start ? CAN_START : 0), needs);
  if (status != -ECHILD) return status;
  // There is none, or it has died: those that it served stay as they are, and the next one is another's.
  let_go();
  const int started = is_asked_for ? start_asked() : start_by_itself();
  // What every backend takes is told: the next one would only hide it.
  if (started < 0 && (is_asked_for || started == -EMFILE || started == -ENFILE)) return started;
  return attempt(backend, events, flags, options, needs);
}

int vpoll_create_with_helper(int backend, uint32_t events, int flags, uint32_t options, uint32_t needs, bool may_start) {
  int status = vpoll_fuse_lock();
  if (status < 0) return status;
  status = create(backend, events, flags, options, needs, may_start);
  vpoll_fuse_unlock();
  return status;
}

/* Whether a helper is there and answers: 1 or 0, or -errno. */
static int looks_alive(void) {
  if (!is_there()) return 0;
  const int status = attempt(FUSE, 0, FD_CLOEXEC, LOOK, 0);
  return status >= 0 ? 1 : status == -EOPNOTSUPP ? 0 : status;
}

int vpoll_prepare_helper(void) {
  int status = vpoll_fuse_lock();
  if (status < 0) return status;
  status = looks_alive();
  if (status == 0) {
    let_go();
    status = start_asked();
    if (status == 0) quiet_until_ms = INT64_MIN;
  }
  vpoll_fuse_unlock();
  return status < 0 ? status : 0;
}

const char *vpoll_why_no_helper(int *error, const char **missing) {
  *error = atomic_load(&failure);
  *missing = atomic_load(&is_missing) ? vpoll_helper_path() : NULL;
  return atomic_load(&rule);
}

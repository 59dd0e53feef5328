/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * A mount by fusermount3(1), which is setuid root: for users who aren't root where user namespaces are closed. It mounts on a file of this user's and hands the
 * device over.
 *
 *     helper                                    keeper                     fusermount3
 *     starts the keeper                    ->   makes the file, starts     mounts on it, sends the device
 *     opens the file (O_PATH), ends comm   ->   starts                     unmounts it (lazily)
 *     sees that comm has ended             <-   removes the file, ends
 *
 * Whenever the helper is killed meanwhile, the keeper sees the end of comm: neither the mount nor the file is left.
 */
#include "../core/policy.h"
#include "server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Names that are tried in one folder: another may be there by chance alone. */
enum { TRIES = 4 };

/* What the keeper ends with. */
enum { KEPT, NO_FILE, IS_THERE, NOT_MOUNTED };

/* fusermount3 by its absolute path, or an empty text. */
static void find_program(struct text *path) {
  static const char *const folders[] = VPOLL_TOOLS;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    *path = (struct text){0};
    text_add(path, folders[i]);
    text_add(path, "/fusermount3");
    if (kernel(SYS_faccessat, AT_FDCWD, path->bytes, X_OK) == 0) return;
  }
  *path = (struct text){0};
}

/* A name for a file in this folder that nobody can know. */
static void make_name(struct text *file, const char *folder) {
  uint32_t chance = 0;
  kernel(SYS_getrandom, &chance, sizeof chance, 0);
  *file = (struct text){0};
  text_add(file, folder);
  text_add_with(file, "/vpoll-%u", chance);
}

/* Starts fusermount3: its pid or -errno. It has the socket where there is one, and complains to the other descriptor. */
static long start(const char *program, char *const *arguments, int comm, int complaints) {
  const long pid = start_child();
  if (pid != 0) return pid;
  if (complaints != 2) kernel(SYS_dup3, complaints, 2, 0);
  struct text number = {0};
  text_add_with(&number, "_FUSE_COMMFD=%u", (uint64_t)comm);
  char *const environment[] = {comm < 0 ? NULL : number.bytes, NULL};
  if (comm >= 0) kernel(SYS_fcntl, comm, F_SETFD, 0);
  kernel(SYS_execve, program, arguments, environment);
  for (;;) kernel(SYS_exit_group, 127);
}

/* Runs it to its end: whether that was a good one. */
static bool run(const char *program, char *const *arguments, int comm) {
  const long pid = start(program, arguments, comm, 2);
  return pid > 0 && wait_child(pid) == 0;
}

/*
 * The keeper: has the mount there until the other end of the socket is closed. A signal to all of the helper's group doesn't
 * reach it.
 */
static int keep(char *program, char *file, int comm) {
  kernel(SYS_setsid);
  const int made = (int)kernel(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return made == -EEXIST ? IS_THERE : NO_FILE;
  kernel(SYS_close, made);
  char *const mount[] = {program, "-o", VPOLL_FUSERMOUNT_OPTIONS, "--", file, NULL};
  char *const unmount[] = {program, "-u", "-z", "--", file, NULL};
  const bool is_mounted = run(program, mount, comm);
  if (is_mounted) {
    char byte;
    while (kernel(SYS_read, comm, &byte, 1) == -EINTR);
    run(program, unmount, -1);
  }
  kernel(SYS_unlinkat, AT_FDCWD, file, 0);
  return is_mounted ? KEPT : NOT_MOUNTED;
}

/* The device that fusermount3 sends, or -errno; -EPROTO where it sends none. */
static int receive(int comm) {
  const long ready = wait_readable(comm, VPOLL_PATIENCE_MS);
  if (ready <= 0) return ready == 0 ? -ETIMEDOUT : (int)ready;
  char byte;
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  long n;
  do n = kernel(SYS_recvmsg, comm, &message, MSG_CMSG_CLOEXEC);
  while (n == -EINTR);
  if (n < 0) return (int)n;
  if (message.msg_controllen < sizeof control.header || control.header.cmsg_type != SCM_RIGHTS) return -EPROTO;
  int fd;
  memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
  return fd;
}

/* What the keeper has mounted, once neither the mount nor the file is there any more. */
static long take(struct mounted *mounted, const char *file, int comm, struct text *why) {
  const char *call = "fusermount3 sent no device";
  long status = mounted->device = receive(comm);
  if (status >= 0) {
    call = "open(O_PATH)";
    status = mounted->file = (int)kernel(SYS_openat, AT_FDCWD, file, O_PATH | O_CLOEXEC);
  }
  // The keeper goes on, whatever has happened, and ends.
  kernel(SYS_shutdown, comm, SHUT_WR);
  if (status >= 0) {
    call = "unmount";
    status = wait_readable(comm, VPOLL_PATIENCE_MS) > 0 ? 0 : -ETIMEDOUT;
    if (status == 0 && kernel(SYS_faccessat, AT_FDCWD, file, F_OK) == 0) status = -EBUSY;
  }
  // It has said by itself why it sends none.
  if (status < 0 && status != -EPROTO) text_add_failure(why, call, status);
  return status < 0 ? status : 0;
}

/* By a file in one folder: what `take` says; or 1 where none could be made there. */
static long mount_in(const char *folder, char *program, struct mounted *mounted, struct text *why) {
  for (int i = 0; i < TRIES; i++) {
    struct text file;
    int comm[2];
    make_name(&file, folder);
    long status = kernel(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, comm);
    if (status < 0) return status;
    const long keeper = start_child();
    if (keeper == 0) {
      kernel(SYS_close, comm[0]);
      kernel(SYS_exit_group, keep(program, file.bytes, comm[1]));
    }
    kernel(SYS_close, comm[1]);
    status = keeper < 0 ? keeper : take(mounted, file.bytes, comm[0], why);
    kernel(SYS_close, comm[0]);
    // One that hangs is left alone: we end.
    if (status == -ETIMEDOUT || keeper < 0) return status;
    const long end = wait_child(keeper);
    const int came_to = WIFEXITED(end) ? WEXITSTATUS(end) : NOT_MOUNTED;
    if (came_to == NO_FILE) return 1;
    if (came_to != IS_THERE) return status;
  }
  return 1;
}

long mount_by_fusermount(struct mounted *mounted, struct text *why) {
  static const char *const folders[] = VPOLL_FOLDERS;
  struct text program;
  find_program(&program);
  if (program.length == 0) {
    text_add(why, "it is not installed (fuse3)");
    return -ENOENT;
  }
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    *mounted = (struct mounted){.device = -1, .file = -1, .tree = -1};
    const long status = mount_in(folders[i], program.bytes, mounted, why);
    if (status <= 0) return status;
  }
  text_add(why, "no file could be made to mount on");
  return -ENOENT;
}

/* Adds what can be read, to its end. */
static void add_all(struct text *text, int fd) {
  char bytes[256];
  long n;
  while ((n = kernel(SYS_read, fd, bytes, sizeof bytes - 1)) > 0) {
    bytes[n] = '\0';
    text_add(text, bytes);
  }
  while (text->length > 0 && text->bytes[text->length - 1] == '\n') text->bytes[--text->length] = '\0';
}

long fusermount_on(char *name, struct text *why) {
  struct text program;
  int comm[2], said[2];
  find_program(&program);
  if (program.length == 0) {
    text_add(why, "it is not installed (fuse3)");
    return -ENOENT;
  }
  long status = kernel(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, comm);
  if (status < 0) return status;
  status = kernel(SYS_pipe2, said, O_CLOEXEC);
  if (status < 0) {
    for (int i = 0; i < 2; i++) kernel(SYS_close, comm[i]);
    return status;
  }
  char *const arguments[] = {program.bytes, "-o", VPOLL_FUSERMOUNT_OPTIONS, "--", name, NULL};
  const long pid = start(program.bytes, arguments, comm[1], said[1]);
  kernel(SYS_close, comm[1]);
  kernel(SYS_close, said[1]);
  status = pid < 0 ? pid : receive(comm[0]);
  // One that hangs is left alone.
  if (status != -ETIMEDOUT && pid > 0) {
    wait_child(pid);
    if (status < 0) add_all(why, said[0]);
  }
  kernel(SYS_close, comm[0]);
  kernel(SYS_close, said[0]);
  return status;
}

void fusermount_off(char *name) {
  struct text program;
  find_program(&program);
  char *const arguments[] = {program.bytes, "-u", "-z", "--", name, NULL};
  run(program.bytes, arguments, -1);
}

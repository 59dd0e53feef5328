/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * `vpoll-fuse serve PATH`: a file that every user can open, each open of which is a vpoll. Two processes: this one mounts, waits for a signal and takes the
 * mount away; its child serves, and has no rights. When this one ends, however it does, the child goes on until the last vpoll is closed. So a service that
 * is started again takes nothing from the programs that use it. docs/decisions/016-the-system-service.md says more.
 *
 * A user who isn't root serves for himself alone: fusermount3(1), which is setuid root, mounts and takes away.
 *
 * With --owned it is part of the program that has started it (src/fuse/serve.ts). Its standard input is a socket of that program's, and it serves until that
 * ends in any way. No other signal than SIGKILL ends it.
 */
#include "serve.h"

#include "../core/policy.h"
#include "claim.h"
#include "mountinfo.h"
#include "server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

/* Of the misc devices, Documentation/admin-guide/devices.txt. */
enum { DEVICE_MAJOR = 10, DEVICE_MINOR = 229 };
/* What asks for the end. */
static const uint64_t ENDING = (uint64_t)1 << (SIGINT - 1) | (uint64_t)1 << (SIGTERM - 1) | (uint64_t)1 << (SIGHUP - 1);

/* What is served. */
struct served {
  /* As it was named, and its last part: what is before that is the working directory. */
  char *path, *name;
  uint32_t user_max;
  bool is_owned;
  /* Not root's: fusermount3 mounts, and only for this user. */
  bool is_users;
  struct claim claim;
  int device;
  /* Readable when it is to end. */
  int end;
  /* Ends when the server does. */
  int lifeline;
};

/* The name of an errno, or NULL. */
static const char *name_of(long status) {
  static const struct {
    int number;
    const char *name;
  } names[] = {
#define NAMED(name) {name, #name}
      NAMED(EPERM), NAMED(ENOENT), NAMED(EIO), NAMED(EACCES), NAMED(EBUSY), NAMED(ENODEV), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EINVAL), NAMED(ENFILE),
      NAMED(EMFILE), NAMED(ENOSPC), NAMED(EROFS), NAMED(ENAMETOOLONG), NAMED(ENOSYS), NAMED(ELOOP), NAMED(EOPNOTSUPP), NAMED(ENOMEM),
#undef NAMED
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (names[i].number == -status) return names[i].name;
  }
  return NULL;
}

/* Says why it can't be, on standard error: 1. `text` may have a %s for the path. */
static int complain(const char *code, long status, const char *text, const char *path) {
  struct text said = {0};
  text_add(&said, "vpoll-fuse serve: ");
  if (code == NULL) code = name_of(status);
  if (code != NULL) text_add(&said, code);
  else text_add_failure(&said, "failed", status);
  text_add(&said, ": ");
  for (char c[2] = {0}; (*c = *text) != '\0'; text++) {
    const bool is_path = text[0] == '%' && text[1] == 's';
    text_add(&said, is_path ? path : c);
    text += is_path;
  }
  text_add(&said, "\n");
  write_all(2, said.bytes, said.length);
  return 1;
}

static int explain(const char *usage) {
  struct text said = {0};
  text_add(&said, "vpoll-fuse: ");
  text_add(&said, usage);
  text_add(&said, "\nusage: vpoll-fuse serve [--max-per-uid NUMBER] PATH\n");
  write_all(2, said.bytes, said.length);
  return 2;
}

/* Reads the arguments: 0, or the status to exit with. */
static int parse(struct served *served, int argc, char **argv) {
  bool is_option = true;
  *served = (struct served){.user_max = VPOLL_MAX_PER_UID, .is_users = is_not_root((uint32_t)kernel(SYS_geteuid)), .device = -1};
  for (int i = 1; i < argc; i++) {
    if (is_option && strcmp(argv[i], "--") == 0) {
      is_option = false;
    } else if (is_option && strcmp(argv[i], "--max-per-uid") == 0) {
      const int64_t number = i + 1 < argc ? parse_number(argv[++i]) : -EINVAL;
      if (number <= 0 || number > INT32_MAX) return explain("--max-per-uid takes a positive number");
      served->user_max = (uint32_t)number;
    } else if (is_option && strcmp(argv[i], "--owned") == 0) {
      served->is_owned = true;
    } else if (is_option && argv[i][0] == '-') {
      return explain("unknown option");
    } else if (served->path != NULL) {
      return explain("too many arguments");
    } else {
      served->path = argv[i];
    }
  }
  if (served->path == NULL) return explain("no path");
  return 0;
}

/* Goes to the folder of the path: 0 or -errno. */
static long enter_folder(struct served *served) {
  static char folder[4096];
  const size_t length = strlen(served->path);
  size_t at = length;
  while (at > 0 && served->path[at - 1] != '/') at--;
  served->name = served->path + at;
  if (length == 0) return -ENOENT;
  if (length >= sizeof folder) return -ENAMETOOLONG;
  // A folder, however it is written.
  if (*served->name == '\0' || strcmp(served->name, ".") == 0 || strcmp(served->name, "..") == 0) return -EISDIR;
  memcpy(folder, served->path, at);
  return at == 0 ? 0 : kernel(SYS_chdir, folder);
}

/* Opens /dev/fuse: 0, or the status to exit with. */
static int open_device(struct served *served) {
  struct stat found;
  served->device = (int)kernel(SYS_openat, AT_FDCWD, VPOLL_DEVICE, O_RDWR | O_CLOEXEC);
  const int device = served->device;
  if (device == -ENOENT) return complain(NULL, device, "there is no " VPOLL_DEVICE " (load the module: modprobe fuse)", "");
  if (device == -ENODEV || device == -ENXIO) return complain(NULL, device, VPOLL_DEVICE " has no driver (load the module: modprobe fuse)", "");
  if (device < 0) return complain(NULL, device, VPOLL_DEVICE " may not be opened", "");
  const bool is_device = kernel_fstat(device, &found) == 0 && S_ISCHR(found.st_mode) && found.st_rdev == makedev(DEVICE_MAJOR, DEVICE_MINOR);
  // It brings one of its own.
  if (is_device && served->is_users) kernel(SYS_close, device);
  return is_device ? 0 : complain("ENODEV", 0, "what is at " VPOLL_DEVICE " is not the device of FUSE (remove it, and load the module: modprobe fuse)", "");
}

/* Has fusermount3 mount on the file that is claimed: 0, or the status to exit with. */
static int mount_for_user(struct served *served) {
  struct text why = {0}, said = {0};
  served->device = (int)fusermount_on(served->name, &why);
  if (served->device >= 0) return 0;
  if (served->device == -ENOENT)
    return complain("EOPNOTSUPP", 0, "a mount that others can see needs root (sudo vpoll serve) or fusermount3 (install fuse3)", "");
  if (why.length == 0) text_add_failure(&why, "it sent no device", served->device);
  text_add(&said, "fusermount3: ");
  text_add(&said, why.bytes);
  return complain("EOPNOTSUPP", 0, said.bytes, served->path);
}

/* Mounts on the file that is claimed, for all users: 0, or the status to exit with. */
static int mount_it(struct served *served) {
  if (served->is_users) return mount_for_user(served);
  static const struct {
    bool is_roots;
    const char *name, *options;
  } mounts[] = VPOLL_MOUNTS;
  struct text options = {0};
  text_add_with(&options, "fd=%u,", (uint64_t)served->device);
  text_add_with(&options, mounts[0].options, (uint64_t)kernel(SYS_getegid));
  const long status = kernel(SYS_mount, VPOLL_SOURCE, served->name, "fuse", VPOLL_MOUNT_FLAGS, options.bytes);
  if (status == -EPERM) return complain(NULL, status, "to mount for all users takes root (CAP_SYS_ADMIN)", "");
  return status < 0 ? complain(NULL, status, "%s can't be mounted on", served->path) : 0;
}

/*
 * Takes the mount away, if it is ours that is there, and the file that was made for it. A program that has a vpoll of it keeps
 * what serves it.
 */
static void take_away(const struct served *served) {
  const bool is_there = mounted_on(served->name) == MOUNTED_OURS;
  if (is_there && served->is_users) fusermount_off(served->name);
  else if (is_there) kernel(SYS_umount2, served->name, MNT_DETACH | UMOUNT_NOFOLLOW);
  helper_let_go(&served->claim, served->name);
}

/* The child: says how it went, and serves until the last vpoll is closed. It ends by no signal that is for its service. */
static int run_server(const struct served *served, int socket) {
  static const uint64_t all = UINT64_MAX;
  enum { DEVICE_FD, SOCKET_FD, OTHERS };
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, KERNEL_MASK_SIZE);
  kernel(SYS_setsid);
  // Neither has one of these numbers already (helper_serve_path).
  kernel(SYS_dup3, served->device, DEVICE_FD, 0);
  kernel(SYS_dup3, socket, SOCKET_FD, 0);
  close_from(OTHERS);
  const char *failed;
  struct text said = {0};
  const long status = helper_lock_in(served->is_users ? NULL : served->name, &failed);
  if (status < 0) text_add_failure(&said, failed, status);
  else text_add(&said, VPOLL_READY);
  if (write_all(SOCKET_FD, said.bytes, said.length) < 0 || status < 0) return 1;
  return helper_serve_in_turn(DEVICE_FD, served->user_max) == 0 ? 0 : 1;
}

/* Starts the server: 0, or the status to exit with. */
static int start_server(struct served *served) {
  int pair[2];
  long status = kernel(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  if (status < 0) return complain(NULL, status, "socketpair", "");
  status = start_child();
  if (status == 0) kernel(SYS_exit_group, run_server(served, pair[1]));
  kernel(SYS_close, pair[1]);
  kernel(SYS_close, served->device);
  served->lifeline = pair[0];
  if (status < 0) return complain(NULL, status, "fork", "");
  char said[256];
  const long ready = wait_readable(pair[0], VPOLL_PATIENCE_MS);
  const long n = ready > 0 ? kernel(SYS_read, pair[0], said, sizeof said - 1) : 0;
  said[n > 0 ? n : 0] = '\0';
  if (strcmp(said, VPOLL_READY) == 0) return 0;
  return complain("EOPNOTSUPP", 0, n > 0 ? said : "the server did not start", "");
}

/* Waits for what asks for the end: 0, or the status to exit with where the server has died. */
static int wait_for_end(const struct served *served) {
  for (;;) {
    struct pollfd both[] = {{.fd = served->end, .events = POLLIN}, {.fd = served->lifeline, .events = POLLIN}};
    if (kernel_poll(both, 2, -1) < 0) continue;
    if (both[1].revents != 0) return complain("EIO", 0, "the server of %s has died", served->path);
    if (both[0].revents != 0) return 0;
  }
}

/* From here on what asks for the end waits until it is looked for: 0, or the status to exit with. */
static int open_end(struct served *served) {
  static const uint64_t all = UINT64_MAX;
  if (served->is_owned) {
    kernel(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, KERNEL_MASK_SIZE);
    // The program by which we were executed may be among what we have been given.
    close_from(3);
    served->end = 0;
    return 0;
  }
  kernel(SYS_rt_sigprocmask, SIG_BLOCK, &ENDING, NULL, KERNEL_MASK_SIZE);
  served->end = (int)kernel(SYS_signalfd4, -1, &ENDING, KERNEL_MASK_SIZE, O_CLOEXEC);
  return served->end < 0 ? complain(NULL, served->end, "signalfd", "") : 0;
}

static int serve(struct served *served, char *const *environment) {
  struct refusal why;
  int status = open_end(served);
  if (status == 0) status = open_device(served);
  if (status != 0) return status;
  if (!helper_claim(&served->claim, served->name, &why)) return complain(why.code, why.status, why.text, served->path);
  status = mount_it(served);
  if (status == 0) {
    status = start_server(served);
    if (status == 0) {
      struct text said = {0};
      text_add(&said, "serving ");
      text_add(&said, served->path);
      text_add(&said, "\n");
      write_all(1, said.bytes, said.length);
      helper_notify(environment, "READY=1");
      status = wait_for_end(served);
      helper_notify(environment, "STOPPING=1");
    }
  }
  take_away(served);
  return status;
}

int helper_serve_path(int argc, char **argv, char **environment) {
  struct served served;
  // What is opened here is to have numbers of its own, whatever was closed.
  long fd;
  do fd = kernel(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC);
  while (fd >= 0 && fd < 3);
  kernel(SYS_close, fd);
  const int status = parse(&served, argc, argv);
  if (status != 0) return status;
  const long entered = enter_folder(&served);
  return entered < 0 ? complain(NULL, entered, "%s", served.path) : serve(&served, environment);
}

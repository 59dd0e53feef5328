// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows: what each way to open /dev/vpoll for writing comes to, a line each: `vpoll`, with FD_CLOEXEC and O_NONBLOCK, `file` for another file of that
// name, or -errno. opens.txt is what it prints with the module loaded, and so what it has to print under `vpoll run`. Of opens that `vpoll run`
// doesn't see (O_RDONLY, O_CREAT|O_EXCL, O_DIRECTORY and O_PATH of open(2), openat2 below a directory) nothing is here.

#define _GNU_SOURCE
#include "../../../host/c/abi.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICE "/dev/vpoll"

enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

/** struct open_how, and what a later kernel may have behind it. */
struct how {
  uint64_t flags, mode, resolve, more;
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void show(const char *name, long fd) {
  struct stat st;
  struct pollfd p = {fd, SETTABLE, 0};
  if (fd < 0) {
    printf("%s: -%d\n", name, errno);
    return;
  }
  fstat(fd, &st);
  poll(&p, 1, 0);
  // Another device would be readable or writable.
  if (S_ISREG(st.st_mode) && p.revents) printf("%s: file\n", name);
  else if (p.revents) printf("%s: shows %x\n", name, p.revents);
  else printf("%s: vpoll %d %d\n", name, fcntl(fd, F_GETFD), !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
  close(fd);
}

static void by_open(const char *name, int flags) {
  show(name, open(DEVICE, flags, 0600));
}

static long openat2(struct how how, size_t size) {
  return syscall(SYS_openat2, AT_FDCWD, DEVICE, &how, size);
}

static void by_openat2(const char *name, uint64_t flags, uint64_t mode, uint64_t resolve) {
  show(name, openat2((struct how){flags, mode, resolve, 0}, 24));
}

static void flags(void) {
  by_open("O_RDWR", O_RDWR);
  by_open("O_WRONLY", O_WRONLY);
  by_open("O_ACCMODE", O_ACCMODE);
  by_open("O_CLOEXEC", O_RDWR | O_CLOEXEC);
  by_open("O_NONBLOCK", O_RDWR | O_NONBLOCK);
  by_open("O_CREAT", O_RDWR | O_CREAT);
  by_open("O_TRUNC", O_RDWR | O_TRUNC);
  by_open("as the shell's >", O_WRONLY | O_CREAT | O_TRUNC);
  by_open("O_APPEND", O_RDWR | O_APPEND);
  by_open("O_ASYNC", O_RDWR | O_ASYNC);
  by_open("O_DIRECT", O_RDWR | O_DIRECT);
  by_open("O_NOFOLLOW", O_RDWR | O_NOFOLLOW);
  by_open("O_NOCTTY", O_RDWR | O_NOCTTY);
  by_open("O_SYNC", O_RDWR | O_SYNC);
  by_open("a flag that is none", O_RDWR | 1 << 30);
  show("openat of no directory", openat(-1, DEVICE, O_RDWR));
  show("openat with O_CREAT and an odd mode", syscall(SYS_openat, AT_FDCWD, DEVICE, O_RDWR | O_CREAT, ~0));
}

static void how(void) {
  struct how plain = {O_RDWR, 0, 0, 0}, tail = {O_RDWR, 0, 0, 1};
  static char page[8192];
  memcpy(page, &plain, sizeof plain);
  by_openat2("openat2", O_RDWR, 0, 0);
  by_openat2("openat2, O_RDONLY", O_RDONLY, 0, 0);
  by_openat2("openat2, O_CLOEXEC and O_NONBLOCK", O_RDWR | O_CLOEXEC | O_NONBLOCK, 0, 0);
  by_openat2("openat2, O_CREAT", O_RDWR | O_CREAT, 0600, 0);
  by_openat2("openat2, O_CREAT and O_EXCL", O_RDWR | O_CREAT | O_EXCL, 0600, 0);
  by_openat2("openat2, O_DIRECTORY", O_RDWR | O_DIRECTORY, 0, 0);
  by_openat2("openat2, O_TMPFILE", O_RDWR | O_TMPFILE, 0600, 0);
  by_openat2("openat2, O_DIRECT", O_RDWR | O_DIRECT, 0, 0);
  by_openat2("openat2, a mode without O_CREAT", O_RDWR, 0600, 0);
  by_openat2("openat2, a mode that is none", O_RDWR | O_CREAT, 010000, 0);
  by_openat2("openat2, a flag that is none", O_RDWR | 1ull << 40, 0, 0);
  by_openat2("openat2, a way that is none", O_RDWR, 0, 1ull << 40);
  show("openat2, size 0", openat2(plain, 0));
  show("openat2, size 23", openat2(plain, 23));
  show("openat2, size 32", openat2(plain, 32));
  show("openat2, size 32, more than this kernel knows", openat2(tail, 32));
  show("openat2, size 4096", syscall(SYS_openat2, AT_FDCWD, DEVICE, page, 4096));
  show("openat2, size 8192", syscall(SYS_openat2, AT_FDCWD, DEVICE, page, 8192));
  show("openat2 of nothing", syscall(SYS_openat2, AT_FDCWD, DEVICE, NULL, 24));
}

/** Opens with RESOLVE_CACHED (Linux 5.12), which a mount elsewhere interrupts, and which not every file system at / bears. */
static long cached(const char *path, uint64_t resolve) {
  struct how how = {O_RDWR, 0, resolve, 0};
  long fd = -1;
  for (int i = 0; i < 1000 && fd < 0; i++) {
    fd = syscall(SYS_openat2, AT_FDCWD, path, &how, 24);
    if (fd < 0 && errno != EAGAIN) break;
  }
  return fd;
}

/** What openat2 does about links, mounts and the root. The process is at `folder`, which has a file dev/vpoll. */
static void resolve(const char *folder) {
  by_openat2("RESOLVE_NO_XDEV", O_RDWR, 0, NO_XDEV);
  by_openat2("RESOLVE_NO_MAGICLINKS", O_RDWR, 0, NO_MAGICLINKS);
  by_openat2("RESOLVE_NO_SYMLINKS", O_RDWR, 0, NO_SYMLINKS);
  by_openat2("RESOLVE_BENEATH", O_RDWR, 0, BENEATH);
  by_openat2("RESOLVE_BENEATH and RESOLVE_IN_ROOT", O_RDWR, 0, BENEATH | IN_ROOT);
  by_openat2("RESOLVE_IN_ROOT, of a folder with the file", O_RDWR, 0, IN_ROOT);
  if (chdir("dev")) die("chdir dev");
  by_openat2("RESOLVE_IN_ROOT, of a folder without it", O_RDWR, 0, IN_ROOT);
  if (chdir("/")) die("chdir /");
  by_openat2("RESOLVE_IN_ROOT, of /", O_RDWR, 0, IN_ROOT);
  show("RESOLVE_CACHED", cached(DEVICE, cached("/dev/null", CACHED) < 0 ? 0 : CACHED));
  if (chdir(folder)) die(folder);
}

enum place { ROOT, WITH_FILE, WITHOUT_FILE, OWN_DEV };

/** Opens it by a child that has another root, or another /dev. */
static void elsewhere(const char *name, enum place place) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() != 0 && unshare(CLONE_NEWUSER)) die("unshare");
    if (place == ROOT && chroot("/")) die("chroot /");
    if (place == WITH_FILE && chroot(".")) die("chroot .");
    if (place == WITHOUT_FILE && chroot("dev")) die("chroot dev");
    if (place == OWN_DEV) {
      if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) die("unshare");
      if (mount("none", "/dev", "tmpfs", 0, NULL)) die("mount");
    }
    by_open(name, O_RDWR);
    exit(fflush(stdout) != 0);
  }
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) die(name);
}

int main(void) {
  char folder[] = "/tmp/vpoll-opens-XXXXXX";
  if (!mkdtemp(folder) || chdir(folder) || mkdir("dev", 0700) || close(creat("dev/vpoll", 0600))) die(folder);
  flags();
  how();
  resolve(folder);
  elsewhere("a chroot to /", ROOT);
  elsewhere("a chroot with a file of that name", WITH_FILE);
  elsewhere("a chroot without", WITHOUT_FILE);
  elsewhere("another file system at /dev", OWN_DEV);
  unlink("dev/vpoll");
  rmdir("dev");
  rmdir(folder);
  // Where an open that should have given a vpoll has made a file instead.
  struct stat st;
  if (lstat(DEVICE, &st) == 0 && S_ISREG(st.st_mode)) printf("%s is a file now: %d\n", DEVICE, unlink(DEVICE));
  return 0;
}

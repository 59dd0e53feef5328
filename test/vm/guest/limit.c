// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the limit of a user of the device (max_user_instances): to whom a vpoll counts and until when, and what is said beyond it. Root and user namespaces
// are no way round it, and it may change at any time. Needs root. A vpoll of eventfd counts to nobody.

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "guest.h"

#define PARAMETER "/sys/module/vpoll/parameters/max_user_instances"

enum { ROOT = 0, ONE = 1001, OTHER = 1002, MAPPED = 100000, LIMIT = 3, MANY = 300, DEFAULT = 16384 };

/** What the parameter is, -1 without it. */
static long limit(void) {
  long value = -1;
  FILE *file = fopen(PARAMETER, "r");
  if (!file) return -1;
  if (fscanf(file, "%ld", &value) != 1) value = -1;
  fclose(file);
  return value;
}

/** Sets it: 0, or -errno. */
static long set_limit(const char *value) {
  int fd = open(PARAMETER, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  long written = result(write(fd, value, strlen(value)));
  close(fd);
  return written < 0 ? written : 0;
}

/** Opens as a user: a descriptor, or -errno. */
static int open_as(uid_t uid) {
  if (seteuid(uid)) return -1000;
  int fd = result(open(DEVICE, O_RDWR | O_CLOEXEC));
  if (seteuid(ROOT)) return -1000;
  return fd;
}

/** Opens as many as it says, and expects EMFILE of one more. */
static void fill(const char *who, uid_t uid, int fds[], int count) {
  for (int i = 0; i < count; i++) {
    fds[i] = open_as(uid);
    check(who, fds[i] >= 0);
  }
  equal(who, open_as(uid), -EMFILE);
}

static void empty(int fds[], int count) {
  for (int i = 0; i < count; i++) close(fds[i]);
}

static void the_parameter(void) {
  struct stat st;
  equal("by default", limit(), DEFAULT);
  equal("its file", stat(PARAMETER, &st), 0);
  equal("is root's to write", st.st_mode & 07777, 0644);
  equal("a negative limit", set_limit("-1"), -EINVAL);
  equal("no number", set_limit("many"), -EINVAL);
  equal("more than 32 bits", set_limit("4294967296"), -ERANGE);
  equal("nothing came of it", limit(), DEFAULT);
}

static void each_user(void) {
  int one[LIMIT], other[LIMIT], roots[LIMIT];
  fill("a user", ONE, one, LIMIT);
  fill("another has as many", OTHER, other, LIMIT);
  fill("root too, and no more", ROOT, roots, LIMIT);
  close(one[1]);
  one[1] = open_as(ONE);
  check("one closed makes room for one", one[1] >= 0);
  equal("and for no other", open_as(ONE), -EMFILE);
  by_ioctl(one[1], ADD, EPOLLIN);
  equal("at the limit they work", shown(one[1]), EPOLLIN);
  if (setresuid(OTHER, ONE, ROOT)) check("setresuid", 0);
  equal("the effective uid counts", result(open(DEVICE, O_RDWR)), -EMFILE);
  if (setresuid(ROOT, ROOT, ROOT)) check("setresuid", 0);
  empty(one, LIMIT), empty(other, LIMIT), empty(roots, LIMIT);
}

/** A vpoll counts to who opened it, until its last descriptor goes, wherever that is. */
static void whoever_closes(void) {
  int fds[LIMIT];
  fill("to hand out", ONE, fds, LIMIT);
  int copy = dup(fds[0]);
  check("a dup counts not", copy >= 0);
  close(fds[0]);
  equal("but keeps it open", open_as(ONE), -EMFILE);
  close(copy);
  fds[0] = open_as(ONE);
  check("until it is closed", fds[0] >= 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (setuid(OTHER)) _exit(1);
    pause();
  }
  empty(fds, LIMIT);
  equal("another user's process holds them", open_as(ONE), -EMFILE);
  int others = open_as(OTHER);
  check("which don't count to that user", others >= 0);
  close(others);
  kill(pid, SIGKILL);
  equal("which is killed", status_of(pid), -SIGKILL);
  fill("all are given back", ONE, fds, LIMIT);
  empty(fds, LIMIT);
}

/** A child opens as many as there may be, and dies with them open. */
static void who_dies(void) {
  int fds[LIMIT];
  for (int i = 0; i < 20; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      for (int k = 0; k < LIMIT; k++)
        if (open_as(ONE) < 0) _exit(1);
      kill(getpid(), SIGKILL);
    }
    equal("a holder dies", status_of(pid), -SIGKILL);
  }
  fill("what it had is given back", ONE, fds, LIMIT);
  empty(fds, LIMIT);
}

static void raised_and_lowered(void) {
  int fds[LIMIT], more[2];
  fill("three", ONE, fds, LIMIT);
  equal("raised", set_limit("5"), 0);
  fill("two more", ONE, more, 2);
  equal("lowered", set_limit("2"), 0);
  by_write(more[1], ADD, EPOLLPRI);
  equal("those above it live on", shown(more[1]), EPOLLPRI);
  empty(fds, LIMIT);
  equal("still at it", open_as(ONE), -EMFILE);
  close(more[0]);
  more[0] = open_as(ONE);
  check("below it again", more[0] >= 0);
  empty(more, 2);
  equal("none at all", set_limit("0"), 0);
  equal("for a user", open_as(ONE), -EMFILE);
  equal("nor for root", open_as(ROOT), -EMFILE);
  equal("as it was", set_limit("3"), 0);
}

/** Waits for the other end of a pipe to say something or to go. */
static void await(int fd) {
  char byte;
  if (read(fd, &byte, 1) < 0) _exit(2);
}

/** What a child in a user namespace of ONE's finds: 0, or the number of what was otherwise than expected. */
static int in_namespace(int ready, int mapped, int held) {
  // Root is to write the map of a process that has changed its uid.
  if (setresuid(ONE, ONE, ONE) || prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER)) return 3;
  close(ready);
  await(mapped);
  for (int inner = 0; inner < 3; inner++) {
    // As the namespace's root, as another uid of it, and in a namespace that this one makes.
    if (inner == 1 && setresuid(1, 1, 1)) return 4;
    if (inner == 2 && unshare(CLONE_NEWUSER)) return 5;
    int fd = result(open(DEVICE, O_RDWR | O_CLOEXEC));
    if (held == LIMIT ? fd != -EMFILE : fd < 0) return 10 + inner;
    if (fd >= 0) close(fd);
  }
  return 0;
}

static void write_map(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  equal(path, write(fd, text, strlen(text)), (int)strlen(text));
  close(fd);
}

/** Uids of its own, as newuidmap(1) gives them: all count to who made the namespace. */
static void namespaces(void) {
  int fds[LIMIT], mapped[LIMIT];
  if (access("/proc/self/ns/user", F_OK)) {
    printf("this kernel has no user namespaces\n");
    return;
  }
  for (int held = LIMIT - 1; held <= LIMIT; held++) {
    int ready[2], go[2];
    if (pipe(ready) || pipe(go)) check("pipe", 0);
    for (int i = 0; i < held; i++) check("its owner's", (fds[i] = open_as(ONE)) >= 0);
    pid_t pid = fork();
    if (pid == 0) {
      close(ready[0]), close(go[1]);
      _exit(in_namespace(ready[1], go[0], held));
    }
    close(ready[1]), close(go[0]);
    await(ready[0]);
    write_map(pid, "uid_map", "0 1001 1\n1 100000 10\n");
    write_map(pid, "gid_map", "0 0 1\n");
    close(go[1]);
    equal(held == LIMIT ? "no way round it" : "with room for one", status_of(pid), 0);
    if (held == LIMIT) fill("such a uid outside is another user", MAPPED, mapped, LIMIT), empty(mapped, LIMIT);
    empty(fds, held);
    close(ready[0]);
  }
}

struct shared {
  atomic_int open, opened, refused, wrong;
};

/** Opens and closes at the limit. `open` is never more than the kernel counts: it is raised after an open, and lowered before a close. */
static void rush(struct shared *shared) {
  if (setuid(ONE)) _exit(1);
  for (int round = 0; round < 300; round++) {
    int fds[2];
    for (int i = 0; i < 2; i++) {
      fds[i] = result(open(DEVICE, O_RDWR | O_CLOEXEC));
      if (fds[i] >= 0 && atomic_fetch_add(&shared->open, 1) >= LIMIT) atomic_fetch_add(&shared->wrong, 1);
      atomic_fetch_add(fds[i] >= 0 ? &shared->opened : &shared->refused, 1);
      if (fds[i] < 0 && fds[i] != -EMFILE) atomic_fetch_add(&shared->wrong, 1);
    }
    sched_yield();
    for (int i = 0; i < 2; i++) {
      if (fds[i] < 0) continue;
      atomic_fetch_sub(&shared->open, 1);
      close(fds[i]);
    }
  }
  _exit(0);
}

static void many_at_once(void) {
  int fds[LIMIT];
  struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pids[8];
  for (int i = 0; i < 8; i++)
    if ((pids[i] = fork()) == 0) rush(shared);
  // A limit that comes and goes meanwhile is never more than this.
  for (int i = 0; i < 50; i++) set_limit(i % 2 ? "3" : "1");
  for (int i = 0; i < 8; i++) equal("one of many", status_of(pids[i]), 0);
  equal("never more than the limit", shared->wrong, 0);
  check("some were opened", shared->opened > 0);
  check("some were refused", shared->refused > 0);
  equal("none is left", shared->open, 0);
  fill("all of it is there again", ONE, fds, LIMIT);
  empty(fds, LIMIT);
  munmap(shared, sizeof *shared);
}

/** Each of many users has one for a moment, beside one that stays. */
static void many_users(void) {
  int stays = open_as(ONE), missing = 0;
  for (uid_t uid = 2000; uid < 2000 + MANY; uid++) {
    int fds[LIMIT];
    for (int i = 0; i < LIMIT; i++) missing += (fds[i] = open_as(uid)) < 0;
    missing += open_as(uid) != -EMFILE;
    empty(fds, LIMIT);
  }
  equal("each has its own", missing, 0);
  close(stays);
}

/** Nobody's: there are as many as a process may have descriptors. */
static void without_limit(void) {
  int fds[MANY], missing = 0;
  for (int i = 0; i < MANY; i++) missing += (fds[i] = vpoll(0)) < 0;
  equal("no limit", missing, 0);
  empty(fds, MANY);
}

int main(int argc, char **argv) {
  struct stat before;
  begin(argc, argv);
  if (!is_device) {
    without_limit();
    return end();
  }
  equal("the device", stat(DEVICE, &before), 0);
  the_parameter();
  // For this test any user may open it, as with 99-vpoll.rules.
  equal("chmod", chmod(DEVICE, 0666), 0);
  equal("a low limit", set_limit("3"), 0);
  each_user();
  whoever_closes();
  who_dies();
  raised_and_lowered();
  namespaces();
  many_at_once();
  many_users();
  equal("the limit as it was", set_limit("16384"), 0);
  chmod(DEVICE, before.st_mode & 07777);
  return end();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The native helper of the fuse backend. It mounts, sends a descriptor of the mount over the socket that is its standard input, and serves. It ends when the last
 * descriptor of the mount is closed. When something goes wrong before it serves, it says so over the socket instead. src/fuse/native.ts starts it for JavaScript,
 * ../fuse.c for C.
 *
 *     library                               helper
 *     starts it: helper 1 [detached] ->     without the word, a child that nobody waits for; a mount in a namespace of its own
 *     looks at what came, lends it   <-     ready 1 PID, with a descriptor of the mount's file or of a folder that has it
 */
#include "../core/policy.h"
#include "process.h"
#include "serve.h"
#include "server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The number that /dev/fuse has in every helper. */
enum { DEVICE = 3 };

static int fail(const char *call, long status) {
  struct text said = {0};
  text_add_failure(&said, call, status);
  text_add(&said, "\n");
  write_all(0, said.bytes, said.length);
  return 1;
}

static void take_signal(int number, void (*action)(int)) {
  // A struct sigaction of the kernel's is no longer than this.
  const uint64_t it[4] = {(uintptr_t)action};
  kernel(SYS_rt_sigaction, number, it, NULL, KERNEL_MASK_SIZE);
}

/* A service manager ends a program by a signal to all its processes. That must not take from the program what it still uses: we end with our last vpoll. */
static void ignore_signals(void) {
  static const int ignored[] = VPOLL_IGNORED;
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) take_signal(ignored[i], SIG_IGN);
  take_signal(SIGPIPE, SIG_IGN);
  // Where a program ignores this, and it stays so, there is nothing to wait for.
  take_signal(SIGCHLD, SIG_DFL);
  // The library starts us with all signals blocked, so that none is earlier than this.
  const uint64_t none = 0;
  kernel(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, KERNEL_MASK_SIZE);
}

/* Says that we serve, with the descriptor. A library of 0.1 named no number, and knows of none. */
static long send_descriptor(int fd, bool has_number) {
  struct text said = {0};
  text_add(&said, VPOLL_READY);
  if (has_number) {
    text_add_with(&said, " %u ", VPOLL_ABI);
    text_add_number(&said, (uint64_t)kernel(SYS_getpid));
  }
  text_add(&said, "\n");
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
  memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  struct iovec data = {.iov_base = said.bytes, .iov_len = said.length};
  const struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  return kernel(SYS_sendmsg, 0, &message, MSG_NOSIGNAL);
}

/*
 * Tries one way, with the write end of a pipe as descriptor 2: what goes wrong is said there, and a NUL where we serve. Returns when the last vpoll was closed.
 * `next` is the child that would try the next one.
 */
static int attempt(const struct way *way, bool has_number, long next) {
  struct mounted mounted = {.device = -1, .file = -1, .tree = -1};
  struct text why = {0};
  if (way->mount(&mounted, &why) < 0) {
    write_all(2, why.bytes, why.length);
    return 1;
  }
  // A library of 0.1 opens the file by /proc.
  const long sent = send_descriptor(has_number && mounted.tree >= 0 ? mounted.tree : mounted.file, has_number);
  write_all(2, "", 1);
  for (int fd = 0; fd < 3; fd++) kernel(SYS_close, fd);
  kernel(SYS_close, mounted.file);
  if (mounted.tree >= 0) kernel(SYS_close, mounted.tree);
  wait_child(next);
  // By this a library knows again whom it may send a signal to.
  if (mounted.device != DEVICE) kernel(SYS_dup3, mounted.device, DEVICE, O_CLOEXEC);
  if (mounted.device != DEVICE) kernel(SYS_close, mounted.device);
  return sent >= 0 && helper_serve(DEVICE, NO_LIMIT) == 0 ? 0 : 1;
}

/* Hears what a way says until it is done with it: whether it serves. Else the text is what went wrong, in one line. */
static bool hear(int from, struct text *said) {
  for (;;) {
    char bytes[256];
    const long n = kernel(SYS_read, from, bytes, sizeof bytes - 1);
    if (n == -EINTR) continue;
    if (n <= 0) break;
    bytes[n] = '\0';
    if (strlen(bytes) < (size_t)n) return true;
    for (char *at = bytes; *at != '\0'; at++) {
      if (*at == '\n') *at = ' ';
    }
    text_add(said, bytes);
  }
  while (said->length > 0 && said->bytes[said->length - 1] == ' ') said->bytes[--said->length] = '\0';
  return false;
}

/*
 * Tries the ways in their order. A way that fails leaves a process that can't be used for another. So before each there is a child that goes on without it; one
 * that succeeds ends that child, and is the helper. Where all fail, the last child tells the library what each has said.
 */
static int try_ways(bool has_number) {
  struct text all = {0};
  const uint32_t user = (uint32_t)kernel(SYS_geteuid);
  for (const struct way *way = helper_ways; way->name != NULL; way++) {
    int ends[2];
    if (!way->is_for(user)) continue;
    long status = kernel(SYS_pipe2, ends, O_CLOEXEC);
    if (status < 0) return fail("pipe", status);
    status = start_child();
    if (status < 0) return fail("fork", status);
    if (status > 0) {
      kernel(SYS_dup3, ends[1], 2, 0);
      for (int i = 0; i < 2; i++) kernel(SYS_close, ends[i]);
      return attempt(way, has_number, status);
    }
    struct text said = {0};
    kernel(SYS_close, ends[1]);
    if (hear(ends[0], &said)) return 0;
    kernel(SYS_close, ends[0]);
    if (all.length > 0) text_add(&all, "; ");
    text_add(&all, way->name);
    text_add(&all, ": ");
    text_add(&all, said.length > 0 ? said.bytes : "it ended without a word");
  }
  text_add(&all, "\n");
  write_all(0, all.bytes, all.length);
  return 1;
}

/* The helper of one program, which has started us with a socket as descriptor 0. */
static int help(int argc, char **argv) {
  const bool has_number = argc > 1;
  if (has_number && parse_number(argc > 2 ? argv[2] : "") != VPOLL_ABI) {
    // One that is newer or older than we: it hears what we are, and has no helper.
    struct text said = {0};
    text_add(&said, VPOLL_SPEAKS);
    text_add_with(&said, " %u\n", VPOLL_ABI);
    write_all(0, said.bytes, said.length);
    return 1;
  }
  close_from(3);
  // The process that started us must not wait for our end, nor are we to end with its session. One that was made for us we stay in: by its group, all of us can be killed.
  const bool is_ours = kernel(SYS_getsid, 0) == kernel(SYS_getpid);
  const bool is_detached = argc > 3 && strcmp(argv[3], VPOLL_DETACHED) == 0;
  const long pid = is_detached ? 0 : start_child();
  if (pid < 0) return fail("fork", pid);
  if (pid > 0) return 0;
  long status = is_ours ? 0 : kernel(SYS_setsid);
  if (status < 0) return fail("setsid", status);
  helper_reset();
  status = kernel(SYS_chdir, "/");
  if (status < 0) return fail("chdir", status);
  return try_ways(has_number);
}

static bool is_socket(int fd) {
  struct stat found;
  return kernel_fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode);
}

/* What the first argument may be. */
static const struct {
  const char *word;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"helper", help},
};

int helper_main(int argc, char **argv, char **environment) {
  // What was executed may have been named by a descriptor.
  kernel(SYS_prctl, PR_SET_NAME, "vpoll-fuse");
  // It ends by the signals that a helper ignores, from its very start.
  if (argc > 1 && strcmp(argv[1], "serve") == 0) return helper_serve_path(argc - 1, argv + 1, environment);
  ignore_signals();
  // So does a library of 0.1.
  if (argc <= 1 && is_socket(0)) return help(argc, argv);
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(argv[1], commands[i].word) == 0 && (commands[i].run != help || is_socket(0))) return commands[i].run(argc, argv);
  }
  static const char what[] = "vpoll-fuse serves the fuse backend of libvpoll, which starts it\n";
  write_all(2, what, sizeof what - 1);
  return 2;
}

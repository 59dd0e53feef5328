// SPDX-License-Identifier: LGPL-2.1-or-later

// The pieces of C that a scenario's program may have before its first task: macros, what ends it, and calls that need a line or two.

import { ERRNO } from '../../../host/errno.js';
import { EFD_VPOLL, OP_ADD, OP_DEL, OP_SET, VPOLL_IOC } from '../../../host/abi.js';

/** A piece of a program. */
export interface Part {
  /** `unistd.h`; in the order of their names. */
  readonly headers?: readonly string[];
  /** The parts that it stands on. */
  readonly needs?: readonly string[];
  /** `OUR.`, `BEGIN_END`, `QUIT`, `ENTER`, `LEAVE`, `FORKED`, `FINISH` and `UNTIL` are filled in by whole.ts. */
  readonly text: string;
}

/** Lines of at most 100 columns. */
function fill(words: readonly string[], indent: string): string {
  const lines = [''];
  for (const word of words) {
    if (indent.length + lines.at(-1)!.length + word.length + 1 > 100) lines.push('');
    lines.push(`${lines.pop()!} ${word}`.trimStart());
  }
  return lines.map((line) => indent + line).join('\n');
}

const ERRNO_LINES = fill(
  Object.keys(ERRNO).map((name) => `NAME(${name})`),
  '    ',
);

/** Macros: they stand before the names that all tasks see. */
export const MACROS = {
  abi: {
    headers: ['sys/eventfd.h'],
    text: `#ifndef EFD_VPOLL
#define EFD_VPOLL ${EFD_VPOLL}
#endif`,
  },
  ops: { text: `enum { VPOLL_ADD = ${OP_ADD}, VPOLL_DEL = ${OP_DEL}, VPOLL_SET = ${OP_SET} };` },
  request: {
    headers: ['stdint.h', 'unistd.h'],
    text: '#define REQUEST(op, events) ((uint64_t)(op) << 32 | (uint32_t)(events)) // What a vpoll file is written.',
  },
  io: {
    headers: ['sys/ioctl.h'],
    text: `#define VPOLL_IO(op) _IO('${String.fromCharCode(VPOLL_IOC >> 8)}', op)`,
  },
  printed: {
    headers: ['stdio.h', 'unistd.h'],
    text: `// SIGPIPE is ignored, so that a call gives EPIPE. What is printed for nobody ends it as that would.
#define puts(text) (puts(text) < 0 ? _exit(141) : (void)0)
#define printf(...) (printf(__VA_ARGS__) < 0 ? _exit(141) : (void)0)`,
  },
  speed: {
    text: `#ifndef SPEED
#define SPEED 1
#endif`,
  },
  us: { needs: ['speed'], text: '#define US(n) ((n) < SPEED ? 1 : (long)((n) / SPEED))' },
  ms: { needs: ['speed'], text: '#define MS(n) ((n) < SPEED ? 1 : (int)((n) / SPEED))' },
} as const satisfies Record<string, Part>;

/** What a call that fails comes to. */
export const ENDS = {
  first: {
    headers: ['signal.h', 'stdatomic.h', 'sys/mman.h', 'unistd.h'],
    text: `// The first process. What fails in another one ends all by it.
static pid_t first;

static void quit(int number) {
  (void)number;
  _exit(1);
}`,
  },
  begin_end: {
    headers: ['stdatomic.h', 'unistd.h'],
    text: `// The first one that fails says so.
static void begin_end(void) {
  while (atomic_flag_test_and_set(&OUR.has_failed)) pause();
}`,
  },
  fail: {
    headers: ['stdio.h'],
    text: `static void fail(int line, const char *why) {
  BEGIN_END
  fprintf(stderr, "line %d: %s\\n", line, why);
  QUIT();
}`,
  },
  fail_call: {
    headers: ['errno.h', 'stdio.h'],
    text: `static const char *errno_name(int number) {
#define NAME(name) case name: return #name;
  switch (number) {
${ERRNO_LINES}
  }
#undef NAME
  return NULL;
}

static void fail_call(int line, const char *call, int number) {
  const char *name = errno_name(number);
  BEGIN_END
  if (name) fprintf(stderr, "line %d: %s: %s\\n", line, call, name);
  else fprintf(stderr, "line %d: %s: errno %d\\n", line, call, number);
  QUIT();
}`,
  },
  me: { headers: ['stdatomic.h'], text: 'static _Thread_local int me; // Its number in OUR.tasks.' },
  at: {
    needs: ['me'],
    text: `// The line that a task is in.
static void at(int line) {
  OUR.tasks[me].line = line;
}`,
  },
  must: {
    needs: ['fail_call'],
    headers: ['errno.h'],
    text: `// A call that may not fail.
static int must(int line, const char *call, long result) {
  if (result < 0) fail_call(line, call, errno);
  return (int)result;
}`,
  },
  mustAt: { needs: ['must', 'at'], text: '#define must(line, call, result) (at(line), must(line, call, result))' },
  may: {
    headers: ['errno.h'],
    text: `// A call that may fail: what it gives is a negative errno then.
static int may(int line, long result) {
  (void)line;
  return (int)(result < 0 ? -errno : result);
}`,
  },
  mayAt: { needs: ['may', 'at'], text: '#define may(line, result) (at(line), may(line, result))' },
  within: {
    headers: ['stdio.h'],
    text: `static long long within(int line, const char *call, long long value, long long min, long long max) {
  if (value >= min && value <= max) return value;
  BEGIN_END
  fprintf(stderr, "line %d: %s: %lld is out of bounds\\n", line, call, value);
  QUIT();
  return 0;
}`,
  },
} as const satisfies Record<string, Part>;

/** Calls that are more than their man page's. */
export const CALLS = {
  nap: {
    headers: ['time.h'],
    needs: ['us'],
    text: `static int nap(long us) {
  return nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}`,
  },
  set_timer: {
    headers: ['sys/timerfd.h'],
    text: `static int set_timer(int fd, long first_us, long interval_us) {
  struct itimerspec times = {
    .it_value = {.tv_sec = first_us / 1000000, .tv_nsec = first_us % 1000000 * 1000},
    .it_interval = {.tv_sec = interval_us / 1000000, .tv_nsec = interval_us % 1000000 * 1000},
  };
  return timerfd_settime(fd, 0, &times, NULL);
}`,
  },
  room: { text: '_Alignas(8) static _Thread_local char room[4096];' },
  zeros: { text: 'static const char zeros[4096];' },
  create_vpoll: {
    headers: ['fcntl.h', 'pthread.h', 'stdlib.h', 'vpoll.h'],
    text: `static int create_vpoll(const char *backend, unsigned events) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  setenv("VPOLL_BACKEND", backend, 1);
  int fd = vpoll_create(events, FD_CLOEXEC);
  pthread_mutex_unlock(&lock);
  return fd;
}`,
  },
} as const satisfies Record<string, Part>;

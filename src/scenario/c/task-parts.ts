// SPDX-License-Identifier: LGPL-2.1-or-later

// The pieces of C that a scenario with several tasks has: threads, processes, signals, and the end of all.

import type { Part } from './parts.js';

export const TASKS = {
  next: {
    needs: ['fail'],
    headers: ['stdatomic.h'],
    text: `// The number of a further task; main is 0.
static int next(int line) {
  int number = ++OUR.count;
  if (number >= 64) fail(line, "there are too many tasks");
  return number;
}`,
  },
  enter: {
    needs: ['me'],
    headers: ['signal.h', 'sys/syscall.h', 'unistd.h'],
    text: `static void enter(int number) {
  me = number;
  OUR.tasks[me].pid = getpid();
  OUR.tasks[me].tid = (pid_t)syscall(SYS_gettid);
}

static void leave(void) {
  OUR.tasks[me].tid = 0;
  OUR.tasks[me].line = 0;
}`,
  },
  interrupt: {
    needs: ['enter'],
    text: `static void on_signal(int number) {
  (void)number;
}

// Where it sleeps in a call, that fails with EINTR.
static void interrupt(long long task) {
  if (task < 0 || task >= 64 || OUR.tasks[task].tid == 0) return;
  syscall(SYS_tgkill, OUR.tasks[task].pid, OUR.tasks[task].tid, SIGUSR1);
}`,
  },
  children: {
    headers: ['errno.h', 'sys/wait.h'],
    text: `// Waits for the processes that this thread has begun: each of them is gone once its parent is.
static int wait_for_children(void) {
  int status, is_well = 1;
  pid_t pid;
  while ((pid = waitpid(-1, &status, __WNOTHREAD)) > 0 || errno == EINTR)
    if (pid > 0 && status != 0) is_well = 0;
  return is_well;
}`,
  },
  start: {
    needs: ['fail_call'],
    headers: ['pthread.h', 'stdatomic.h'],
    text: `static struct thread {
  pthread_t id;
  void (*body)(void);
  int number;
} threads[64];
static atomic_int thread_count;

static void *run(void *thread) {
  struct thread *its = thread;
  ENTER(its->number);
  its->body();
  LEAVE();
  return NULL;
}

static void start(int line, int number, void (*body)(void)) {
  struct thread *its = &threads[thread_count++];
  its->number = number;
  its->body = body;
  int error = pthread_create(&its->id, NULL, run, its);
  if (error) fail_call(line, "task", error);
}

static void join(void) {
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i].id, NULL);
}`,
  },
  finish: {
    headers: ['stdio.h', 'unistd.h'],
    text: `// Waits until all tasks are over. Gives the status.
static int finish(void) {
  FINISH
  return ferror(stdout) ? 1 : 0;
}`,
  },
  start_fork: {
    needs: ['finish', 'children', 'fail_call', 'first'],
    headers: ['errno.h', 'signal.h', 'sys/prctl.h', 'unistd.h'],
    text: `static void start_fork(int line, int number, void (*body)(void)) {
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) fail_call(line, "task", errno);
  if (pid != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  FORKED(number);
  body();
  _exit(finish());
}`,
  },
  watch: {
    needs: ['at', 'nap', 'fail'],
    headers: ['pthread.h'],
    text: `// Ends what still runs when time is up.
static void *watch(void *unused) {
  (void)unused;
  nap(UNTIL);
  for (;;) {
    for (int i = 0; i < 64; i++)
      if (OUR.tasks[i].line != 0) fail(OUR.tasks[i].line, "time is up, and this goes on");
  }
  return NULL;
}`,
  },
} as const satisfies Record<string, Part>;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * One core in a process, since one table says whose a descriptor is; and one lock, since the core knows no threads. A file that is a vpoll by
 * itself needs neither. What the core does with it uses no memory, so it runs in an instance of its own on the stack.
 */
#include "instance.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t fuse_lock = PTHREAD_MUTEX_INITIALIZER;
/* These three under `lock`. */
static w2c_core instance;
static struct w2c_sys sys = {&instance.w2c_memory};
static bool is_running;
/* What pthread_atfork said: without it a child could find the lock taken for good. Written once, by the constructor. */
static int atfork_error;

/*
 * A thread's own. With glibc it lies in the static block, so that a first look at it in a signal handler allocates nothing; musl's always does.
 */
#ifdef __GLIBC__
#define OWN static __thread __attribute__((tls_model("initial-exec")))
#else
#define OWN static __thread
#endif

/* The locks that this thread has or is about to take: a signal handler must not wait for what it has interrupted. */
enum { HAS_CORE = 1, HAS_FUSE = 2 };
OWN volatile int has;
/* How many forks it is in, and the locks that it had when the first began. */
OWN int forks, had;

/*
 * Which descriptors only the core can deal with: those with a hidden end, and those of the reference's kernel. A note that is missing or old costs a call (an
 * ioctl that the file refuses, or a wait for the lock), and nothing else. So there is none for numbers beyond. Written under `lock`, read by any thread and by a
 * signal handler without it.
 */
enum { NOTES = 16384 };
static atomic_uchar is_emulated[NOTES];

static void take(pthread_mutex_t *mutex, int bit) {
  has |= bit;
  pthread_mutex_lock(mutex);
}

static void give_back(pthread_mutex_t *mutex, int bit) {
  pthread_mutex_unlock(mutex);
  has &= ~bit;
}

/*
 * A signal handler that forks has interrupted a call that goes on in the child as well, with the lock that it has. A fork handler that was registered before ours
 * runs while we have the locks: it may fork, and is refused a call that needs them.
 */
static void before_fork(void) {
  if (forks++ > 0) return;
  had = has;
  if (had & HAS_CORE) return;
  if (!(had & HAS_FUSE)) take(&fuse_lock, HAS_FUSE);
  take(&lock, HAS_CORE);
}

static void after_fork(void) {
  if (--forks > 0 || had & HAS_CORE) return;
  give_back(&lock, HAS_CORE);
  if (!(had & HAS_FUSE)) give_back(&fuse_lock, HAS_FUSE);
}

__attribute__((constructor)) static void watch_forks(void) {
  atfork_error = pthread_atfork(before_fork, after_fork, after_fork);
}

int vpoll_fuse_lock(void) {
  if (has) return -EDEADLK;
  take(&fuse_lock, HAS_FUSE);
  return 0;
}

void vpoll_fuse_unlock(void) {
  give_back(&fuse_lock, HAS_FUSE);
}

int vpoll_enter(w2c_core **core) {
  if (has & HAS_CORE) return -EDEADLK;
  if (atfork_error) return -atfork_error;
  take(&lock, HAS_CORE);
  if (!is_running) wasm2c_core_instantiate(&instance, &sys);
  is_running = true;
  *core = &instance;
  return 0;
}

/* The table entry of `fd`, or NULL. */
static uint8_t *entry_of(w2c_core *core, int fd) {
  const u32 entry = w2c_core_find(core, (u32)fd, 0);
  if (entry == 0) return NULL;
  if (entry + (u64)ENTRY_SIZE > core->w2c_memory.size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return core->w2c_memory.data + entry;
}

int vpoll_backend_number(w2c_core *core, int fd) {
  const uint8_t *entry = entry_of(core, fd);
  return entry ? entry[ENTRY_BACKEND] : 0;
}

void vpoll_set_policy(w2c_core *core, int fd, bool is_strict) {
  uint8_t *const entry = entry_of(core, fd);
  if (entry != NULL) entry[ENTRY_FLAGS] = (uint8_t)((entry[ENTRY_FLAGS] & ~(CLOSEST | PASSING)) | (is_strict ? 0 : CLOSEST));
}

void vpoll_leave(int fd) {
  if (fd >= 0 && fd < NOTES) {
    const uint8_t *entry = entry_of(&instance, fd);
    int32_t peer = -1;
    if (entry) memcpy(&peer, entry + ENTRY_PEER, sizeof peer);
    atomic_store_explicit(&is_emulated[fd], entry && (peer >= 0 || entry[ENTRY_FLAGS] & WRITE_ABI), memory_order_relaxed);
  }
  give_back(&lock, HAS_CORE);
}

int vpoll_request(int fd, int op, uint32_t events) {
  if (fd >= 0 && fd < NOTES && atomic_load_explicit(&is_emulated[fd], memory_order_relaxed)) return -EBADF;
  w2c_core mine = {0};
  return (int)w2c_core_request(&mine, (u32)fd, (u32)op, events);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * What the FUSE server (assembly/fuse, made into C by wasm2c) stands on here: /dev/fuse, and the masks, which nobody else sees. src/helper/server.ts is the same
 * for runtimes.
 */
#include "server.h"

#include "../core/fuse.h"

#include <fcntl.h>
#include <sys/mman.h>

/* What stands before a message, assembly/fuse/index.ts: how often it is to be written, and 4 bytes of nothing. */
enum { PREFIX = 8 };
/* How many words a page of any processor's is a multiple of. */
enum { WORDS_MIN = 16384 };

/* The masks: a word for each slot that was ever asked for. Of the memory only what was written to is there. */
struct w2c_state {
  uint32_t *words;
  uint32_t room;
};

u32 w2c_state_load(struct w2c_state *state, u32 slot) {
  return slot < state->room ? state->words[slot] : 0;
}

/* Room for the slot: whether there is. */
static bool reserve(struct w2c_state *state, uint32_t slot) {
  if (slot < state->room) return true;
  const uint64_t room = slot < WORDS_MIN ? WORDS_MIN : ((uint64_t)slot / WORDS_MIN + 1) * 2 * WORDS_MIN;
  if (room > UINT32_MAX) return false;
  const size_t size = room * sizeof(uint32_t);
  long words;
  if (state->room == 0) words = kernel(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  else words = kernel(SYS_mremap, state->words, state->room * sizeof(uint32_t), size, MREMAP_MAYMOVE);
  if (words < 0) return false;
  *state = (struct w2c_state){.words = (uint32_t *)words, .room = (uint32_t)room};
  return true;
}

u32 w2c_state_cas(struct w2c_state *state, u32 slot, u32 old, u32 next) {
  if (!reserve(state, slot)) return (u32)-ENOMEM;
  if (state->words[slot] != old) return 0;
  state->words[slot] = next;
  return 1;
}

/* Writes the messages of the list that are in so many bytes. */
static void send(int device, w2c_fuse *server, uint32_t size) {
  const uint8_t *at = server->w2c_memory.data + *w2c_fuse_list(server), *const end = at + size;
  while (at < end) {
    uint32_t left, length;
    memcpy(&left, at, sizeof left);
    memcpy(&length, at + PREFIX, sizeof length);
    while (left > 0 && kernel(SYS_write, device, at + PREFIX, length) >= 0) left--;
    at += PREFIX + length;
  }
}

/* Makes the server. */
static w2c_fuse *begin(uint32_t user_max) {
  static struct w2c_state state;
  static w2c_fuse server;
  wasm2c_fuse_instantiate(&server, &state);
  w2c_fuse_limit(&server, user_max);
  return &server;
}

/* Reads a request to where the server looks for it: bytes or -errno. */
static u32 read_request(int device, w2c_fuse *server) {
  // The memory may have moved.
  return (u32)kernel(SYS_read, device, server->w2c_memory.data + *w2c_fuse_request(server), *w2c_fuse_REQUEST_ROOM(server));
}

int helper_serve(int device, uint32_t user_max) {
  w2c_fuse *server = begin(user_max);
  // It waits for no time (w2c_fuse_deadline), so reading may block.
  for (;;) {
    const int left = (int)w2c_fuse_handle(server, read_request(device, server));
    if (left < 0) return left == -ENODEV ? 0 : -left;
    send(device, server, (uint32_t)left);
  }
}

/* Reads all requests that are there, and has them answered in turn until there is none: 0 or -errno. */
static int take_turns(int device, w2c_fuse *server) {
  for (;;) {
    for (;;) {
      const u32 got = read_request(device, server);
      if ((int)got == -EAGAIN) break;
      const int left = (int)w2c_fuse_take(server, got);
      if (left < 0) return left;
      send(device, server, (uint32_t)left);
    }
    if (w2c_fuse_waiting(server) == 0) return 0;
    send(device, server, w2c_fuse_next(server));
  }
}

/* Whether a request is there to be read. */
static bool has_more(int device) {
  const struct timespec at_once = {0};
  struct pollfd it = {.fd = device, .events = POLLIN};
  return kernel(SYS_ppoll, &it, 1, &at_once, NULL, KERNEL_MASK_SIZE) > 0;
}

/*
 * While nobody has to wait, a request is read and answered as by a helper, and costs no call more. It is only looked at times whether there are more than one,
 * and sooner where that was so not long ago. Then all are read at once, which takes a device that doesn't block.
 */
int helper_serve_in_turn(int device, uint32_t user_max) {
  enum { EACH_MAX = 16 };
  w2c_fuse *server = begin(user_max);
  const long flags = kernel(SYS_fcntl, device, F_GETFL);
  int left = flags < 0 ? (int)flags : 0;
  // Requests until the next look, and between looks.
  unsigned until = 1, each = 1;
  while (left >= 0) {
    left = (int)w2c_fuse_take(server, read_request(device, server));
    if (left < 0) break;
    send(device, server, (uint32_t)left);
    if (w2c_fuse_waiting(server) > 0) send(device, server, w2c_fuse_next(server));
    // A change that wakes a crowd takes turns as well.
    const bool is_cut = w2c_fuse_waiting(server) > 0;
    if (--until > 0 && !is_cut) continue;
    const bool is_busy = is_cut || has_more(device);
    each = is_busy ? 1 : each < EACH_MAX ? 2 * each : each;
    until = each;
    if (!is_busy) continue;
    kernel(SYS_fcntl, device, F_SETFL, flags | O_NONBLOCK);
    left = take_turns(device, server);
    kernel(SYS_fcntl, device, F_SETFL, flags);
  }
  return left == -ENODEV ? 0 : -left;
}

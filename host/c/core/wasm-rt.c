/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The memory of the core, or in the helper of the FUSE server. Of the core, its first page is static and holds some 1,300 descriptors; what comes after is mapped
 * and not allocated, so that no call of the library but vpoll_create ever waits for malloc's lock.
 */
#include "wasm-rt.h"

#include "../kernel.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 65536u
/* How many a memory begins with. */
#ifndef VPOLL_MEMORY_PAGES
#define VPOLL_MEMORY_PAGES 1
#endif

static uint8_t first[VPOLL_MEMORY_PAGES * PAGE] __attribute__((aligned(4096)));

void wasm_rt_trap(wasm_rt_trap_t trap) {
  static const char *const names[] = {
      [WASM_RT_TRAP_OOB] = "libvpoll: the core went beyond its memory\n",
      [WASM_RT_TRAP_UNREACHABLE] = "libvpoll: the core came where it can't\n",
  };
  const char *text = trap <= WASM_RT_TRAP_UNREACHABLE ? names[trap] : "libvpoll: the core made an invalid step\n";
  kernel(SYS_write, 2, text, strlen(text));
  abort();
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_size) {
  (void)max_pages;
  (void)is64;
  if (pages != VPOLL_MEMORY_PAGES || page_size != PAGE) wasm_rt_trap(WASM_RT_TRAP_OOB);
  *memory = (wasm_rt_memory_t){.data = first, .size = sizeof first, .pages = VPOLL_MEMORY_PAGES};
}

/* Copies what is not zero, by pages: memory that nobody has written to takes none in the copy either. */
static void copy_pages(uint8_t *to, const uint8_t *from, size_t size) {
  enum { STEP = 4096 };
  for (const uint8_t *const end = from + size; from < end; from += STEP, to += STEP) {
    uint64_t any = 0, word;
    for (size_t at = 0; at < STEP && any == 0; at += sizeof word) {
      memcpy(&word, from + at, sizeof word);
      any = word;
    }
    if (any != 0) memcpy(to, from, STEP);
  }
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages) {
  const uint64_t before = memory->pages;
  const uint64_t size = (before + pages) * PAGE;
  if (pages > PAGE || before + pages > PAGE) return (uint64_t)-1;
  long data;
  if (memory->data == first) {
    data = kernel(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data > 0) {
      copy_pages((uint8_t *)data, first, memory->size);
      // Its pages are given back, by a call that the helper's sandbox has. Where a machine's pages are larger than it is aligned to they stay.
      kernel(SYS_mmap, first, memory->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
  } else {
    data = kernel(SYS_mremap, memory->data, memory->size, size, MREMAP_MAYMOVE);
  }
  if (data < 0) return (uint64_t)-1;
  *memory = (wasm_rt_memory_t){.data = (uint8_t *)data, .size = size, .pages = before + pages};
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  if (memory->data != first) kernel(SYS_munmap, memory->data, memory->size);
  memory->data = NULL;
}

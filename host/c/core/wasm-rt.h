/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What core.c and fuse.c (made by wasm2c) need to run: a memory of its own that grows, and an end for what must not happen. Every access is checked
 * against the memory's size, so there are no guard pages, no reserved address space and no signal handler.
 */
#ifndef VPOLL_WASM_RT_H
#define VPOLL_WASM_RT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the core lays out the kernel's structures for little-endian machines"
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define wasm_rt_memcpy memcpy

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_STACK_DEPTH_COUNT 0

typedef struct {
  uint8_t *data;
  /* In bytes. */
  uint64_t size;
  uint64_t pages;
} wasm_rt_memory_t;

typedef enum {
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_EXHAUSTION,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
} wasm_rt_trap_t;

/* Says what happened and aborts: nothing that the core has been told can be kept after that. */
_Noreturn void wasm_rt_trap(wasm_rt_trap_t trap);

/* A zeroed memory of `pages` pages of 64 KB. There is one in a process, and its first page is there already: this can't fail. */
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_size);
/* More of it: the number of pages before, or (uint64_t)-1 where the kernel gives none. It may move. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages);
void wasm_rt_free_memory(wasm_rt_memory_t *memory);

static inline bool wasm_rt_is_initialized(void) {
  return true;
}

/*
 * The core has no tables, no references and no tail calls, but wasm2c writes what would handle them into every module.
 */
enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64, WASM_RT_V128, WASM_RT_FUNCREF, WASM_RT_EXTERNREF };

typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);

typedef struct wasm_rt_tailcallee_t {
  void (*fn)(void **instance, void *stack, struct wasm_rt_tailcallee_t *next);
} wasm_rt_tailcallee_t;

typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;

typedef void *wasm_rt_externref_t;

typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t max_size, size;
} wasm_rt_funcref_table_t;

typedef struct {
  wasm_rt_externref_t *data;
  uint32_t max_size, size;
} wasm_rt_externref_table_t;

static const wasm_rt_funcref_t wasm_rt_funcref_null_value;
static const wasm_rt_externref_t wasm_rt_externref_null_value;

#endif

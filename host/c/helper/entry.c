/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * Where the helper begins, and what a compiler expects of any C library: without one (VPOLL_FREESTANDING) these are all of it. The program may lie anywhere in
 * memory, so its own addresses are put right first, as ld.so does it for others.
 */
#include "base.h"

#ifdef VPOLL_FREESTANDING

#include <elf.h>
#include <signal.h>
#include <stdlib.h>

#ifdef __x86_64__
#define R_RELATIVE R_X86_64_RELATIVE
__asm__(
    ".globl _start\n"
    ".type _start, @function\n"
    "_start:\n\t"
    "xorl %ebp, %ebp\n\t"
    "movq %rsp, %rdi\n\t"
    "leaq _DYNAMIC(%rip), %rsi\n\t"
    "andq $-16, %rsp\n\t"
    "call begin\n\t"
    "ud2\n"
    ".hidden _DYNAMIC\n");
#else
#define R_RELATIVE R_AARCH64_RELATIVE
__asm__(
    ".globl _start\n"
    ".type _start, %function\n"
    "_start:\n\t"
    "mov x29, #0\n\t"
    "mov x30, #0\n\t"
    "mov x0, sp\n\t"
    "adrp x1, _DYNAMIC\n\t"
    "add x1, x1, #:lo12:_DYNAMIC\n\t"
    "and sp, x0, #-16\n\t"
    "bl begin\n\t"
    "brk 0\n"
    ".hidden _DYNAMIC\n");
#endif

/* Where the program lies: its first byte. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

static void relocate(const Elf64_Dyn *dynamic) {
  const uintptr_t base = (uintptr_t)&__ehdr_start;
  const Elf64_Rela *each = NULL;
  size_t size = 0;
  for (; dynamic->d_tag != DT_NULL; dynamic++) {
    if (dynamic->d_tag == DT_RELA) each = (const Elf64_Rela *)(base + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_RELASZ) size = dynamic->d_un.d_val;
  }
  for (; size >= sizeof *each; each++, size -= sizeof *each) {
    if (ELF64_R_TYPE(each->r_info) == R_RELATIVE) *(uintptr_t *)(base + each->r_offset) = base + (uintptr_t)each->r_addend;
  }
}

/* What the kernel has put there: the number of arguments, they, NULL, the environment, NULL. */
__attribute__((used, noreturn)) static void begin(uintptr_t *stack, const Elf64_Dyn *dynamic) {
  relocate(dynamic);
  const int argc = (int)*stack;
  char **argv = (char **)(stack + 1);
  const int status = helper_main(argc, argv, argv + argc + 1);
  for (;;) kernel(SYS_exit_group, status);
}

/* What keeps a compiler from making a call of memcpy() out of memcpy(). */
#define KEEP __asm__ volatile("" ::: "memory")

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  uint8_t *out = to;
  for (const uint8_t *in = from; size > 0; size--) {
    *out++ = *in++;
    KEEP;
  }
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  if ((uintptr_t)to - (uintptr_t)from >= size) return memcpy(to, from, size);
  while (size-- > 0) {
    ((uint8_t *)to)[size] = ((const uint8_t *)from)[size];
    KEEP;
  }
  return to;
}

void *memset(void *at, int byte, size_t size) {
  for (uint8_t *out = at; size > 0; size--) {
    *out++ = (uint8_t)byte;
    KEEP;
  }
  return at;
}

int memcmp(const void *a, const void *b, size_t size) {
  const uint8_t *left = a, *right = b;
  for (; size > 0; size--, left++, right++) {
    KEEP;
    if (*left != *right) return *left - *right;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') {
    length++;
    KEEP;
  }
  return length;
}

int strcmp(const char *a, const char *b) {
  for (; *a == *b && *a != '\0'; a++, b++) KEEP;
  return (uint8_t)*a - (uint8_t)*b;
}

void abort(void) {
  static const uint64_t by_default[4];
  kernel(SYS_rt_sigaction, SIGABRT, by_default, NULL, KERNEL_MASK_SIZE);
  kernel(SYS_kill, kernel(SYS_getpid), SIGABRT);
  for (;;) kernel(SYS_exit_group, 127);
}

#else

int main(int argc, char **argv, char **environment) {
  return helper_main(argc, argv, environment);
}

#endif

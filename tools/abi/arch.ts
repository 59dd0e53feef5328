// SPDX-License-Identifier: LGPL-2.1-or-later

/** What differs between the architectures that vpoll knows, by the names of `process.arch`. test/abi.test.ts compiles all of it against their headers. */

/** Structures by C's names, with their size and the offsets of the fields that are used, in bytes. */
type Structs = {
  /** Packed on x86-64 alone (EPOLL_PACKED in linux/eventpoll.h). */
  readonly epollEvent: { readonly size: number; readonly events: number; readonly data: number };
  readonly stat: { readonly size: number; readonly mode: number };
};

/** Numbers; -1: there is no such call. */
type Numbers = {
  readonly audit: number;
  readonly directory: number;
  readonly seccomp: number;
  readonly open: number;
  readonly openat: number;
  readonly openat2: number;
  readonly eventfd2: number;
  readonly statx: number;
  readonly kcmp: number;
  readonly getdents64: number;
  readonly readlinkat: number;
  readonly fstatfs: number;
  readonly recvmsg: number;
  readonly wait4: number;
};

export const ARCHITECTURES: Readonly<Record<string, Structs & { readonly numbers: Numbers }>> = {
  x64: {
    epollEvent: { size: 12, events: 0, data: 4 },
    stat: { size: 144, mode: 24 },
    numbers: {
      audit: 0xc000003e,
      directory: 0x10000,
      seccomp: 317,
      open: 2,
      openat: 257,
      openat2: 437,
      eventfd2: 290,
      statx: 332,
      kcmp: 312,
      getdents64: 217,
      readlinkat: 267,
      fstatfs: 138,
      recvmsg: 47,
      wait4: 61,
    },
  },
  arm64: {
    epollEvent: { size: 16, events: 0, data: 8 },
    stat: { size: 128, mode: 16 },
    numbers: {
      audit: 0xc00000b7,
      directory: 0x4000,
      seccomp: 277,
      open: -1,
      openat: 56,
      openat2: 437,
      eventfd2: 19,
      statx: 291,
      kcmp: 272,
      getdents64: 61,
      readlinkat: 78,
      fstatfs: 44,
      recvmsg: 212,
      wait4: 260,
    },
  },
};

/** What C calls each of the numbers that are no system calls. */
export const EXPRESSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x64: { audit: 'AUDIT_ARCH_X86_64', directory: 'O_DIRECTORY' },
  arm64: { audit: 'AUDIT_ARCH_AARCH64', directory: 'O_DIRECTORY' },
};

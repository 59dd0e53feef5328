// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Struct layouts and constants of the Linux user ABI, per architecture. Only what differs between architectures, or what a host
 * or `src/` uses itself, stands here; the numbers that the core uses are in assembly/constants.ts. A test compiles both against
 * the system's headers, on x86-64 and arm64 (test/abi.test.ts).
 *
 * Names of architectures are those of `process.arch`. An architecture that isn't listed is refused with ENOSYS rather than guessed.
 */
export interface Abi {
  /** struct epoll_event: packed on x86-64 alone (see EPOLL_PACKED in linux/eventpoll.h). Size and offsets in bytes. */
  readonly epollEvent: { readonly size: number; readonly events: number; readonly data: number };
  /** struct stat, fstat(2): its size and the offset of st_mode (u32), in bytes. Everywhere st_dev (u64) is at 0 and st_ino (u64) at 8. */
  readonly stat: { readonly size: number; readonly mode: number };
}

const X64: Abi = {
  epollEvent: { size: 12, events: 0, data: 4 },
  stat: { size: 144, mode: 24 },
};

const ARM64: Abi = {
  epollEvent: { size: 16, events: 0, data: 8 },
  stat: { size: 128, mode: 16 },
};

/** The architectures that vpoll knows, by `process.arch`. */
export const ABIS: Readonly<Record<string, Abi>> = { x64: X64, arm64: ARM64 };

/** epoll_create1(2). */
export const EPOLL_CLOEXEC = 0x80000;
/** Operations of epoll_ctl(2). */
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
/** The option of a registration that can only be added and deleted (epoll_ctl(2)). */
export const EPOLLEXCLUSIVE = 0x10000000;

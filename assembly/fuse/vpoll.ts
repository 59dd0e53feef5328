// SPDX-License-Identifier: LGPL-2.1-or-later

/** One open file: 24 bytes. Its mask is the host's (state.ts). */
@unmanaged
export class VPoll {
  /** The kernel's name for the file's waiters, once it has asked: PollIn.kh. */
  kh: u64;
  /** The user that opened it: its share of the limit. */
  uid: u32;
  /** How often somebody asked who waits. */
  asked: u32;
  /** Of one thread the number, of more the address of their numbers (waiters.ts); of a free place the next free one. */
  threads: u32;
  thread_count: u16;
  /** IS_USED, IS_WRITABLE. */
  flags: u16;
}

export const IS_USED: u16 = 1;
export const IS_WRITABLE: u16 = 2;

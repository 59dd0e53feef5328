// SPDX-License-Identifier: LGPL-2.1-or-later

/** seccomp_unotify(2): the supervisor's side of a filter (seccomp-filter.ts). Statuses are >= 0 or -errno. */
import { Arena } from './arena.js';
import type { CFunction, Ffi } from './ffi.js';

// _IOC(read or write, '!', number, size of the structure).
const [NOTIF_RECV, NOTIF_SEND, NOTIF_ID_VALID, NOTIF_ADDFD] = [0xc0502100, 0xc0182101, 0x40082102, 0x40182103];
const NOTIF_SET_FLAGS = 0x40082104;
/** Linux 6.6: whoever makes a call hands its processor to the supervisor, if that sleeps in poll(2) or in the ioctl. */
const SYNC_WAKE_UP = 1;
const FLAG_CONTINUE = 1;
const ADDFD_FLAG_SEND = 2;
const EINVAL = 22;
const POLLIN = 1;
/** The most that is read of another process's memory at once: a page, as the kernel takes at most of struct open_how (openat2(2), E2BIG). */
export const PEEK_MAX = 4096;

/** A call that waits for its answer. */
export interface Notification {
  readonly id: bigint;
  /** The thread that made it. */
  readonly tid: number;
  readonly nr: number;
  readonly args: readonly bigint[];
}

/** The supervisor's side. */
export class Notifications {
  readonly #ffi: Ffi;
  readonly #fd: number;
  readonly #calls: { ioctl: CFunction; read: CFunction; poll: CFunction };
  readonly #arena: Arena;
  readonly #at: number;
  readonly #view: DataView;
  readonly #vector: number;
  readonly #data: number;
  readonly #pollfd: number;

  constructor(ffi: Ffi, fd: number) {
    this.#ffi = ffi;
    this.#fd = fd;
    const ioctl = ffi.func('ioctl', 'i32', 'u32', 'ptr');
    const read = ffi.func('process_vm_readv', 'i32', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr');
    this.#calls = { ioctl, read, poll: ffi.func('poll', 'ptr', 'len', 'i32') };
    this.#arena = new Arena(ffi, PEEK_MAX + 256);
    // struct seccomp_notif is the largest: 80 bytes, as the first take of all begins at offset 0.
    this.#at = this.#arena.take(80);
    this.#vector = this.#arena.take(32);
    this.#data = this.#arena.take(PEEK_MAX);
    this.#pollfd = this.#arena.take(8);
    this.#view = this.#arena.view;
    this.#view.setInt32(this.#arena.at(this.#pollfd), fd, true);
    this.#view.setInt32(this.#arena.at(this.#pollfd) + 4, POLLIN, true);
    // An older kernel refuses it.
    ioctl(fd, NOTIF_SET_FLAGS, ffi.word(SYNC_WAKE_UP));
  }

  /** What poll(2) shows within a time, 0 for nothing, or -errno: IN for a call that waits, HUP once nobody is left under the filter. */
  poll(timeoutMs: number): number {
    // Here, and not when a call waits already: the kernel takes none but a cleared structure.
    this.#clear();
    const r = this.#calls.poll(this.#ffi.word(this.#pollfd), this.#ffi.word(1), timeoutMs);
    if (r <= 0) return r < 0 ? -this.#ffi.errno() : 0;
    return this.#view.getUint16(this.#arena.at(this.#pollfd) + 6, true);
  }

  #ioctl(request: number): number {
    const r = this.#calls.ioctl(this.#fd, request, this.#ffi.word(this.#at));
    return r < 0 ? -this.#ffi.errno() : r;
  }

  #clear(): void {
    this.#arena.bytes(this.#at, 80).fill(0);
  }

  /** The next call, or -errno: -ENOENT where it was withdrawn meanwhile. Waits where there is none. Right after {@link poll}. */
  receive(): Notification | number {
    const r = this.#ioctl(NOTIF_RECV);
    if (r < 0) return r;
    const args = [32, 40, 48, 56].map((at) => this.#view.getBigUint64(at, true));
    return { id: this.#view.getBigUint64(0, true), tid: this.#view.getUint32(8, true), nr: this.#view.getInt32(16, true), args };
  }

  /** Whether the call still waits: what was read of its process meanwhile was read of the right one. */
  isValid(id: bigint): boolean {
    this.#view.setBigUint64(0, id, true);
    return this.#ioctl(NOTIF_ID_VALID) === 0;
  }

  /** Lets the kernel carry the call out. */
  pass(id: bigint): void {
    this.#send(id, 0, FLAG_CONTINUE);
  }

  /** Has it fail with an errno (positive). */
  refuse(id: bigint, errno: number): void {
    this.#send(id, -errno, 0);
  }

  /** struct seccomp_notif_resp: id, val, error, flags. Whoever made the call may be gone: nobody misses the answer then. */
  #send(id: bigint, error: number, flags: number, value = 0): void {
    this.#view.setBigUint64(0, id, true);
    this.#view.setBigInt64(8, BigInt(value), true);
    this.#view.setInt32(16, error, true);
    this.#view.setUint32(20, flags, true);
    this.#ioctl(NOTIF_SEND);
  }

  /** struct seccomp_notif_addfd: id, flags, srcfd, newfd, newfd_flags. */
  #add(id: bigint, fd: number, fdFlags: number, flags: number): number {
    this.#view.setBigUint64(0, id, true);
    this.#view.setUint32(8, flags, true);
    this.#view.setUint32(12, fd, true);
    this.#view.setUint32(16, 0, true);
    this.#view.setUint32(20, fdFlags, true);
    return this.#ioctl(NOTIF_ADDFD);
  }

  /** Answers it with a copy of `fd`, `fdFlags` O_CLOEXEC or 0; at once, or in two steps on a kernel before 5.14. 0 or -errno. */
  give(id: bigint, fd: number, fdFlags: number): number {
    const given = this.#add(id, fd, fdFlags, ADDFD_FLAG_SEND);
    if (given !== -EINVAL) return Math.min(given, 0);
    const number = this.#add(id, fd, fdFlags, 0);
    if (number < 0) return number;
    this.#send(id, 0, 0, number);
    return 0;
  }

  /** Up to `size` (at most PEEK_MAX) bytes of the memory of a process, process_vm_readv(2): fewer where it ends there, or -errno. */
  peek(tid: number, address: bigint, size: number): Uint8Array | number {
    const arena = this.#arena;
    const [local, remote] = [this.#vector, this.#vector + 16];
    arena.point(local, this.#data);
    arena.point(local + 8, size);
    arena.view.setBigUint64(arena.at(remote), address, true);
    arena.point(remote + 8, size);
    const words = [local, 1, remote, 1, 0].map((value) => this.#ffi.word(value));
    const got = this.#calls.read(tid, ...words);
    return got < 0 ? -this.#ffi.errno() : arena.bytes(this.#data, got).slice();
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/** seccomp_unotify(2): the supervisor's side of a filter (seccomp-filter.ts). Statuses are >= 0 or -errno. */
import {
  EPOLLIN,
  SECCOMP_ADDFD_FLAG_SEND,
  SECCOMP_IOCTL_NOTIF_ADDFD,
  SECCOMP_IOCTL_NOTIF_ID_VALID,
  SECCOMP_IOCTL_NOTIF_RECV,
  SECCOMP_IOCTL_NOTIF_SEND,
  SECCOMP_IOCTL_NOTIF_SET_FLAGS,
  SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP,
  SECCOMP_USER_NOTIF_FLAG_CONTINUE,
} from '../abi.js';
import { Arena } from './arena.js';
import { EINVAL } from '../errno.js';
import type { CFunction, Ffi } from '../ffi.js';
import { IOVEC, POLLFD, SECCOMP_DATA, SECCOMP_NOTIF, SECCOMP_NOTIF_ADDFD, SECCOMP_NOTIF_RESP } from '../structs.js';

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
    // struct seccomp_notif is the largest, and the first take of all begins at offset 0.
    this.#at = this.#arena.take(SECCOMP_NOTIF.size);
    this.#vector = this.#arena.take(2 * IOVEC.size);
    this.#data = this.#arena.take(PEEK_MAX);
    this.#pollfd = this.#arena.take(POLLFD.size);
    this.#view = this.#arena.view;
    this.#view.setInt32(this.#arena.at(this.#pollfd + POLLFD.fd), fd, true);
    this.#view.setInt32(this.#arena.at(this.#pollfd + POLLFD.events), EPOLLIN, true);
    // Linux 6.6: a thread that makes a call hands its processor to the supervisor, if that sleeps in poll(2) or in the ioctl. An older kernel refuses it.
    ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, ffi.word(SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
  }

  /** What poll(2) shows within a time, 0 for nothing, or -errno: IN for a call that waits, HUP once nobody is left under the filter. */
  poll(timeoutMs: number): number {
    // Here, and not when a call waits already: the kernel takes none but a cleared structure.
    this.#clear();
    const r = this.#calls.poll(this.#ffi.word(this.#pollfd), this.#ffi.word(1), timeoutMs);
    if (r <= 0) return r < 0 ? -this.#ffi.errno() : 0;
    return this.#view.getUint16(this.#arena.at(this.#pollfd + POLLFD.revents), true);
  }

  #ioctl(request: number): number {
    const r = this.#calls.ioctl(this.#fd, request, this.#ffi.word(this.#at));
    return r < 0 ? -this.#ffi.errno() : r;
  }

  #clear(): void {
    this.#arena.bytes(this.#at, SECCOMP_NOTIF.size).fill(0);
  }

  /** The next call, or -errno: -ENOENT where it was withdrawn meanwhile. Waits where there is none. Right after {@link poll}. */
  receive(): Notification | number {
    const r = this.#ioctl(SECCOMP_IOCTL_NOTIF_RECV);
    if (r < 0) return r;
    const args = [0, 1, 2, 3].map((n) => this.#view.getBigUint64(SECCOMP_NOTIF.data + SECCOMP_DATA.args + 8 * n, true));
    return {
      id: this.#view.getBigUint64(SECCOMP_NOTIF.id, true),
      tid: this.#view.getUint32(SECCOMP_NOTIF.pid, true),
      nr: this.#view.getInt32(SECCOMP_NOTIF.data + SECCOMP_DATA.nr, true),
      args,
    };
  }

  /** Whether the call still waits: what was read of its process meanwhile was read of the right one. */
  isValid(id: bigint): boolean {
    this.#view.setBigUint64(0, id, true);
    return this.#ioctl(SECCOMP_IOCTL_NOTIF_ID_VALID) === 0;
  }

  /** Lets the kernel carry the call out. */
  pass(id: bigint): void {
    this.#send(id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  }

  /** Has it fail with an errno (positive). */
  refuse(id: bigint, errno: number): void {
    this.#send(id, -errno, 0);
  }

  /** The thread that made the call may be gone: the ioctl fails then, which changes nothing. */
  #send(id: bigint, error: number, flags: number, value = 0): void {
    this.#view.setBigUint64(SECCOMP_NOTIF_RESP.id, id, true);
    this.#view.setBigInt64(SECCOMP_NOTIF_RESP.val, BigInt(value), true);
    this.#view.setInt32(SECCOMP_NOTIF_RESP.error, error, true);
    this.#view.setUint32(SECCOMP_NOTIF_RESP.flags, flags, true);
    this.#ioctl(SECCOMP_IOCTL_NOTIF_SEND);
  }

  #add(id: bigint, fd: number, fdFlags: number, flags: number): number {
    this.#view.setBigUint64(SECCOMP_NOTIF_ADDFD.id, id, true);
    this.#view.setUint32(SECCOMP_NOTIF_ADDFD.flags, flags, true);
    this.#view.setUint32(SECCOMP_NOTIF_ADDFD.srcfd, fd, true);
    this.#view.setUint32(SECCOMP_NOTIF_ADDFD.newfd, 0, true);
    this.#view.setUint32(SECCOMP_NOTIF_ADDFD.newfd_flags, fdFlags, true);
    return this.#ioctl(SECCOMP_IOCTL_NOTIF_ADDFD);
  }

  /** Answers it with a copy of `fd`, `fdFlags` O_CLOEXEC or 0; at once, or in two steps on a kernel before 5.14. 0 or -errno. */
  give(id: bigint, fd: number, fdFlags: number): number {
    const given = this.#add(id, fd, fdFlags, SECCOMP_ADDFD_FLAG_SEND);
    if (given !== -EINVAL) return Math.min(given, 0);
    const number = this.#add(id, fd, fdFlags, 0);
    if (number < 0) return number;
    this.#send(id, 0, 0, number);
    return 0;
  }

  /** Up to `size` (at most PEEK_MAX) bytes of the memory of a process, process_vm_readv(2): fewer where it ends there, or -errno. */
  peek(tid: number, address: bigint, size: number): Uint8Array | number {
    const arena = this.#arena;
    const [local, remote] = [this.#vector, this.#vector + IOVEC.size];
    arena.point(local + IOVEC.iov_base, this.#data);
    arena.point(local + IOVEC.iov_len, size);
    arena.view.setBigUint64(arena.at(remote + IOVEC.iov_base), address, true);
    arena.point(remote + IOVEC.iov_len, size);
    const words = [local, 1, remote, 1, 0].map((value) => this.#ffi.word(value));
    const got = this.#calls.read(tid, ...words);
    return got < 0 ? -this.#ffi.errno() : arena.bytes(this.#data, got).slice();
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * seccomp_unotify(2): a filter that hands the calls which may want a vpoll to a supervisor, and the supervisor's side of it. Statuses are
 * >= 0 or -errno.
 */
import { Arena } from './arena.js';
import type { CFunction, Ffi } from './ffi.js';

/** The numbers of the calls that are looked at, by `process.arch`, and what their O_DIRECTORY is. -1: this architecture has no such call. */
const CALLS = {
  x64: { audit: 0xc000003e, seccomp: 317, open: 2, openat: 257, openat2: 437, eventfd2: 290, directory: 0x10000 },
  arm64: { audit: 0xc00000b7, seccomp: 277, open: -1, openat: 56, openat2: 437, eventfd2: 19, directory: 0x4000 },
} as const;
export type CallNumbers = (typeof CALLS)[keyof typeof CALLS];

/** The numbers for an architecture. Throws for one that isn't known. */
export function callNumbers(arch: string): CallNumbers {
  const found = (CALLS as Partial<Record<string, CallNumbers>>)[arch];
  if (!found) throw new Error(`architecture ${arch} is not supported (${Object.keys(CALLS).join(', ')} are)`);
  return found;
}

/** EFD_VPOLL of eventfd2(2). */
const EFD_VPOLL = 2;
/** Set in the number of a call of the x32 ABI, whose programs have the same audit architecture. */
const X32_BIT = 0x40000000;

// Classic BPF over struct seccomp_data: nr at 0, arch at 4, the lower half of argument n at 16 + 8 n.
const [LOAD, JUMP_EQUAL, JUMP_SET, JUMP_AT_LEAST, RETURN] = [0x20, 0x15, 0x45, 0x35, 0x06];
const ALLOW = 0x7fff0000;
const USER_NOTIF = 0x7fc00000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** The filter: eventfd2 with EFD_VPOLL and every open go to the supervisor, since BPF can't look at a path; all else is allowed. */
function filter({ audit, open, openat, openat2, eventfd2 }: CallNumbers): Instruction[] {
  const opens = [open, openat, openat2].filter((nr) => nr >= 0);
  const jumps = opens.map((nr, i): Instruction => [JUMP_EQUAL, opens.length - i + 3, 0, nr]);
  return [
    [LOAD, 0, 0, 4],
    [JUMP_EQUAL, 0, opens.length + 5, audit],
    [LOAD, 0, 0, 0],
    [JUMP_AT_LEAST, opens.length + 3, 0, X32_BIT],
    ...jumps,
    [JUMP_EQUAL, 0, 2, eventfd2],
    [LOAD, 0, 0, 16 + 8],
    [JUMP_SET, 1, 0, EFD_VPOLL],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, USER_NOTIF],
  ];
}

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const FILTER_FLAG_NEW_LISTENER = 8;

/** Puts this thread under the filter, for good, and all that it will execute or fork: the supervisor's descriptor, close-on-exec. */
export function listen(ffi: Ffi, numbers: CallNumbers): number {
  const program = filter(numbers);
  const arena = new Arena(ffi, program.length * 8 + 64);
  const [header, code] = [arena.take(16), arena.take(program.length * 8)];
  program.forEach(([op, ifTrue, ifFalse, k], i) => {
    const at = arena.at(code) + i * 8;
    arena.view.setUint16(at, op, true);
    arena.view.setUint8(at + 2, ifTrue);
    arena.view.setUint8(at + 3, ifFalse);
    arena.view.setUint32(at + 4, k, true);
  });
  arena.view.setUint16(arena.at(header), program.length, true);
  arena.point(header + 8, code);
  const zero = ffi.word(0);
  const prctl = ffi.func('prctl', 'i32', 'ptr', 'ptr', 'ptr', 'ptr');
  const syscall = ffi.func('syscall', 'ptr', 'ptr', 'ptr', 'ptr');
  const words = [numbers.seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAG_NEW_LISTENER, header].map((value) => ffi.word(value));
  if (prctl(PR_SET_NO_NEW_PRIVS, ffi.word(1), zero, zero, zero) < 0) return -ffi.errno();
  const fd = syscall(...words);
  return fd < 0 ? -ffi.errno() : fd;
}

// _IOC(read or write, '!', number, size of the structure).
const [NOTIF_RECV, NOTIF_SEND, NOTIF_ID_VALID, NOTIF_ADDFD] = [0xc0502100, 0xc0182101, 0x40082102, 0x40182103];
const FLAG_CONTINUE = 1;
const ADDFD_FLAG_SEND = 2;
const EINVAL = 22;

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
  readonly #calls: { ioctl: CFunction; read: CFunction };
  readonly #arena: Arena;
  readonly #at: number;
  readonly #view: DataView;
  readonly #vector: number;

  constructor(ffi: Ffi, fd: number) {
    this.#ffi = ffi;
    this.#fd = fd;
    const ioctl = ffi.func('ioctl', 'i32', 'u32', 'ptr');
    this.#calls = { ioctl, read: ffi.func('process_vm_readv', 'i32', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr') };
    this.#arena = new Arena(ffi, 512);
    // struct seccomp_notif is the largest: 80 bytes, as the first take of all begins at offset 0.
    this.#at = this.#arena.take(80);
    this.#vector = this.#arena.take(64);
    this.#view = this.#arena.view;
  }

  #ioctl(request: number): number {
    const r = this.#calls.ioctl(this.#fd, request, this.#ffi.word(this.#at));
    return r < 0 ? -this.#ffi.errno() : r;
  }

  #clear(): void {
    this.#arena.bytes(this.#at, 80).fill(0);
  }

  /** The next call, or -errno: -ENOENT where it was withdrawn meanwhile. Waits where there is none. */
  receive(): Notification | number {
    this.#clear();
    const r = this.#ioctl(NOTIF_RECV);
    if (r < 0) return r;
    const args = [32, 40, 48].map((at) => this.#view.getBigUint64(at, true));
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

  /** Up to `size` (at most 32) bytes of the memory of a process, process_vm_readv(2): fewer where it ends there, or -errno. */
  peek(tid: number, address: bigint, size: number): Uint8Array | number {
    const arena = this.#arena;
    const [local, remote, data] = [this.#vector, this.#vector + 16, this.#vector + 32];
    arena.point(local, data);
    arena.point(local + 8, size);
    arena.view.setBigUint64(arena.at(remote), address, true);
    arena.point(remote + 8, size);
    const words = [local, 1, remote, 1, 0].map((value) => this.#ffi.word(value));
    const got = this.#calls.read(tid, ...words);
    return got < 0 ? -this.#ffi.errno() : arena.bytes(data, got).slice();
  }
}

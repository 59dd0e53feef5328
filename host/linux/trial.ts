// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What this kernel says of the way in which a device is opened: another device, /dev/null, is opened in the same way. Statuses are 0 or -errno.
 */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../abi.js';
import { Arena } from './arena.js';
import type { CFunction, Ffi } from '../ffi.js';
import { PEEK_MAX } from './seccomp.js';
import type { CallNumbers } from './seccomp-filter.js';

/** Opens /dev/null and closes it again, in every way that a program may open a device. */
export class Trial {
  readonly #ffi: Ffi;
  readonly #numbers: CallNumbers;
  readonly #arena: Arena;
  readonly #root: number;
  readonly #device: number;
  readonly #how: number;
  readonly #syscall: CFunction;
  readonly #close: CFunction;

  constructor(ffi: Ffi, numbers: CallNumbers) {
    this.#ffi = ffi;
    this.#numbers = numbers;
    this.#arena = new Arena(ffi, PEEK_MAX + 256);
    [this.#root, this.#device] = this.#arena.strings(['/', '/dev/null']).each as [number, number];
    this.#how = this.#arena.take(PEEK_MAX);
    this.#syscall = ffi.func('syscall', 'ptr', 'i32', 'ptr', 'ptr', 'ptr');
    this.#close = ffi.func('close', 'i32');
  }

  #open(nr: number, at: number, path: number, third: number, fourth: number): number {
    const [number, ...words] = [nr, path, third, fourth].map((value) => this.#ffi.word(value));
    const fd = this.#syscall(number!, at, ...words);
    return fd < 0 ? -this.#ffi.errno() : fd;
  }

  #end(fd: number): number {
    if (fd >= 0) this.#close(fd);
    return Math.min(fd, 0);
  }

  /** Without that device nothing can be said; by O_CREAT it would become a file. */
  #isThere(): boolean {
    return process.getBuiltinModule('node:fs').existsSync('/dev/null');
  }

  /** As by open(2) and openat(2). */
  open(flags: number, mode: number): number {
    if (!this.#isThere()) return 0;
    return this.#end(this.#open(this.#numbers.openat, AT_FDCWD, this.#device, flags, mode));
  }

  /** As by openat2(2), with a struct open_how as a program has it in memory. The path is looked up from the root, so RESOLVE_IN_ROOT finds it. */
  open2(how: Uint8Array): number {
    if (!this.#isThere()) return 0;
    const root = this.#open(this.#numbers.openat, AT_FDCWD, this.#root, O_PATH | O_CLOEXEC, 0);
    if (root < 0) return root;
    this.#arena.bytes(this.#how, how.length).set(how);
    const status = this.#end(this.#open(this.#numbers.openat2, root, this.#device, this.#how, how.length));
    this.#close(root);
    return status;
  }
}

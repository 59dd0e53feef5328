// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What a host needs of its runtime's foreign function interface. One file a runtime implements it (node.ts, bun.ts, deno.ts);
 * all else is made of it, once for all.
 */
import type { ArgKind } from './sys.js';

/** A 64-bit argument: a number, or a bigint where that is what the runtime takes fastest. */
export type Word = number | bigint;

/** A C function that returns int: -1 and errno when it fails. Its arguments are what its kinds say; {@link Ffi.word} makes the 64-bit ones. */
export type CFunction = (...args: Word[]) => number;

/** libc, as one runtime reaches it. Belongs to the thread that opened it, since errno does. */
export interface Ffi {
  /**
   * The function of this name. A ssize_t result is cut to its lower half, which loses nothing: no call moves more than 0x7ffff000
   * bytes (read(2), NOTES). A variadic function takes the same registers on x86-64 and arm64 as one that isn't.
   *
   * @throws where libc has no such function
   */
  readonly func: (name: string, ...kinds: ArgKind[]) => CFunction;
  /** A `ptr` or `len` argument as {@link func} wants it. A plain number is right too, and slower in Deno. */
  readonly word: (value: number) => Word;
  /** The thread's errno (positive). It says why a call failed when it is read right after; any other call may change it. */
  readonly errno: () => number;
  /**
   * The SHA-256 of bytes by what the runtime's program has in it, where that costs nothing: to load a runtime's cryptography takes 2 to 20 ms. Undefined elsewhere.
   */
  readonly sha256?: (bytes: Uint8Array) => Uint8Array | undefined;
  /** Where a buffer lies. It stays there until it is detached or collected, so who keeps the address must keep the buffer. */
  readonly address: (buffer: ArrayBufferLike) => number;
}

/** The same, but it makes each function once: that takes up to 0.5 ms, and most are asked for where they are called. */
export function makeOnce(ffi: Ffi): Ffi {
  const made = new Map<string, CFunction>();
  const func: Ffi['func'] = (name, ...kinds) => {
    const key = [name, ...kinds].join(' ');
    const found = made.get(key) ?? ffi.func(name, ...kinds);
    made.set(key, found);
    return found;
  };
  return { ...ffi, func };
}

/** The names under which a libc may be loaded: glibc's, and musl's for this architecture (as in `process.arch`). */
export function libcNames(arch: string): string[] {
  return ['libc.so.6', `libc.musl-${arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`];
}

// SPDX-License-Identifier: LGPL-2.1-or-later

import type { Ffi } from '../ffi.js';

/** Structures, texts and pointers for C, in one buffer that stays where it is while this object lives. Addresses are C's. */
export class Arena {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  /** All of it, from offset 0. */
  readonly view: DataView;
  #end = 0;

  constructor(ffi: Ffi, size: number) {
    this.#bytes = new Uint8Array(size);
    this.view = new DataView(this.#bytes.buffer);
    this.#base = ffi.address(this.#bytes.buffer);
  }

  /** The address of `size` zeroed bytes, aligned for any type. Throws RangeError where they don't fit. */
  take(size: number): number {
    const at = this.#end;
    this.#end += (size + 15) & ~15;
    if (this.#end > this.#bytes.length) throw new RangeError('the arena is too small');
    return this.#base + at;
  }

  /** The offset in {@link view} of an address. */
  at(address: number): number {
    return address - this.#base;
  }

  /** The bytes at an address. They are the arena's own, and not a copy. */
  bytes(address: number, size: number): Uint8Array {
    return this.#bytes.subarray(this.at(address), this.at(address) + size);
  }

  /** Writes a pointer. */
  point(address: number, to: number): void {
    this.view.setBigUint64(this.at(address), BigInt(to), true);
  }

  /** A NUL-terminated array of pointers to NUL-terminated strings: its address, and that of each string. */
  strings(texts: readonly string[]): { list: number; each: number[] } {
    const list = this.take((texts.length + 1) * 8);
    const each = texts.map((text, i) => {
      const encoded = new TextEncoder().encode(text);
      const at = this.take(encoded.length + 1);
      this.bytes(at, encoded.length).set(encoded);
      this.point(list + i * 8, at);
      return at;
    });
    return { list, each };
  }

  /** Room that {@link strings} takes for these at most. */
  static roomFor(texts: readonly string[]): number {
    return texts.reduce((sum, text) => sum + text.length * 3 + 40, 64);
  }
}

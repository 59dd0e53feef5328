// SPDX-License-Identifier: LGPL-2.1-or-later

import type { OpenFile } from './file.js';

/** Offsets of the boundary's stat: see `fstat` in host/sys.ts. */
const STAT = { dev: 0, ino: 8, mode: 16, room: 144 };

/** The core's memory, looked up at each use: a wasm memory that grew has another buffer. */
export class Memory {
  constructor(private readonly memory: () => WebAssembly.Memory) {}

  #view(): DataView {
    return new DataView(this.memory().buffer);
  }

  int32(at: number): number {
    return this.#view().getInt32(at, true);
  }

  setInt32(at: number, value: number): void {
    this.#view().setInt32(at, value, true);
  }

  int16(at: number): number {
    return this.#view().getInt16(at, true);
  }

  setInt16(at: number, value: number): void {
    this.#view().setInt16(at, value, true);
  }

  int64(at: number): bigint {
    return this.#view().getBigUint64(at, true);
  }

  setInt64(at: number, value: bigint): void {
    this.#view().setBigUint64(at, value, true);
  }

  /** A copy of `size` bytes; throws where they aren't all inside. */
  bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.memory().buffer, at, size).slice();
  }

  /** Stores `data`: how many bytes. */
  put(at: number, data: Uint8Array): number {
    new Uint8Array(this.memory().buffer, at, data.length).set(data);
    return data.length;
  }

  /** The text up to the next NUL. */
  text(at: number): string {
    const all = new Uint8Array(this.memory().buffer, at);
    return new TextDecoder().decode(all.subarray(0, all.indexOf(0)));
  }

  /** Garbage first: what the core doesn't get from a host it must not read. */
  setStat(at: number, { dev, ino, mode }: OpenFile): void {
    this.put(at, new Uint8Array(STAT.room).fill(0xa5));
    this.#view().setBigUint64(at + STAT.dev, BigInt(dev), true);
    this.#view().setBigUint64(at + STAT.ino, BigInt(ino), true);
    this.#view().setUint32(at + STAT.mode, mode, true);
  }
}

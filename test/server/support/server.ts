// SPDX-License-Identifier: LGPL-2.1-or-later

// The FUSE server itself, without a process and without a kernel: build/fuse.wasm over masks that the test holds.

import wasmBase64 from '../../../build/fuse.wasm.js';
import { decode, request, type Asker, type Fields } from './messages.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly request: { readonly value: number };
  readonly REQUEST_ROOM: { readonly value: number };
  readonly list: { readonly value: number };
  readonly NEVER: { readonly value: bigint };
  limit(maxPerUid: number): void;
  handle(status: number): number;
  take(status: number): number;
  waiting(): number;
  next(): number;
  tick(nowMs: bigint): number;
  deadline(): bigint;
}

const wasm = Buffer.from(wasmBase64, 'base64');
const PREFIX = 8;

/** The module, whose memory can't have more than so many pages: its section 5 says one memory, no maximum, 2 pages. */
function compile(pagesMax: number | undefined): WebAssembly.Module {
  if (pagesMax === undefined) return new WebAssembly.Module(wasm);
  const at = wasm.indexOf(Uint8Array.of(5, 3, 1, 0, 2));
  if (at < 0) throw new Error('no memory of 2 pages');
  return new WebAssembly.Module(
    Buffer.concat([wasm.subarray(0, at), Uint8Array.of(5, 4, 1, 1, 2, pagesMax), wasm.subarray(at + 5)]),
  );
}

/** A server, and the masks that it works on. */
export class Server {
  readonly masks = new Map<number, number>();
  /** How many slots there is room for. */
  slots = Infinity;
  /** Called before each exchange of a mask: another may change it in between. */
  meddle: (slot: number) => void = () => undefined;
  readonly module: Exports;

  constructor(maxPerUid = 0xffffffff, pagesMax?: number) {
    const state = {
      load: (slot: number): number => this.masks.get(slot >>> 0) ?? 0,
      cas: (slot: number, old: number, next: number): number => this.#exchange(slot >>> 0, old, next),
    };
    this.module = new WebAssembly.Instance(compile(pagesMax), { state }).exports as unknown as Exports;
    this.module.limit(maxPerUid);
  }

  #exchange(slot: number, old: number, next: number): number {
    if (slot >= this.slots) return -12;
    this.meddle(slot);
    if ((this.masks.get(slot) ?? 0) !== old) return 0;
    this.masks.set(slot, next);
    return 1;
  }

  /** Bytes of its memory. */
  get size(): number {
    return this.module.memory.buffer.byteLength;
  }

  /** Hands in what read(2) gave where that is no request: the status. */
  status(status: number): number {
    return this.module.handle(status);
  }

  /** Hands in the bytes of a request. What stood behind them before still does, as in a host. */
  give(bytes: Uint8Array): string[] {
    this.#put(bytes);
    return this.#messages(this.module.handle(bytes.length));
  }

  /** The same, to be served when its turn comes. */
  take(bytes: Uint8Array): string[] {
    this.#put(bytes);
    return this.#messages(this.module.take(bytes.length));
  }

  /** Has the request served whose turn it is. */
  next(): string[] {
    return this.#messages(this.module.next());
  }

  #put(bytes: Uint8Array): void {
    new Uint8Array(this.module.memory.buffer, this.module.request.value).set(bytes);
  }

  /** The same of a request that is in order. */
  ask(opcode: number, body: Fields, asker: Asker = {}): string[] {
    return this.give(request(opcode, body, asker));
  }

  #messages(size: number): string[] {
    if (size < 0) throw new Error(`the server gives up: ${size}`);
    const start = this.module.list.value;
    const view = new DataView(this.module.memory.buffer);
    const all: string[] = [];
    let at = start;
    while (at < start + size) {
      const length = view.getUint32(at + PREFIX, true);
      const text = decode(new Uint8Array(view.buffer, at + PREFIX, length));
      for (let times = view.getUint32(at, true); times > 0; times--) all.push(text);
      at += PREFIX + length;
    }
    if (at !== start + size) throw new Error(`messages of ${at - start} bytes where there are ${size}`);
    return all;
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What the FUSE server (assembly/fuse) stands on in a runtime: /dev/fuse, and the masks.

import wasmBase64 from '../../build/fuse.wasm.js';
import type { Channel } from '../../host/runtime.js';
import { fromBase64 } from '../base64.js';

/** The module's exports, of assembly/fuse/index.ts. Addresses are in `memory`, which may be another after each call. */
interface Server {
  readonly memory: WebAssembly.Memory;
  readonly request: WebAssembly.Global<'i32'>;
  readonly REQUEST_ROOM: WebAssembly.Global<'i32'>;
  readonly list: WebAssembly.Global<'i32'>;
  limit(maxPerUid: number): void;
  handle(status: number): number;
}

const ENODEV = 19;
/** What stands before a message. */
const PREFIX = 8;

/** The masks, which nobody else sees here. A slot that was never put shows 0. */
function openState(): Record<'load' | 'cas', (...numbers: number[]) => number> {
  const words: number[] = [];
  return {
    load: (slot = 0) => words[slot] ?? 0,
    cas: (slot = 0, old = 0, next = 0) => {
      if ((words[slot] ?? 0) !== old) return 0;
      words[slot] = next;
      return 1;
    },
  };
}

function load(): Server {
  const module = new WebAssembly.Module(fromBase64(wasmBase64));
  return new WebAssembly.Instance(module, { state: openState() }).exports as unknown as Server;
}

/**
 * A server of `channel`: what serves until the mount ends, and gives 0, or an errno (positive) where /dev/fuse fails otherwise. The server waits for no
 * time (`deadline` of the module), so reading may block.
 */
export function openServer(channel: Channel, maxPerUid: number): () => number {
  const server = load();
  const list = server.list.value;
  let request = new Uint8Array();
  let bytes = new Uint8Array();
  let view = new DataView(bytes.buffer);
  const look = (): void => {
    const { buffer } = server.memory;
    request = new Uint8Array(buffer, server.request.value, server.REQUEST_ROOM.value);
    bytes = new Uint8Array(buffer);
    view = new DataView(buffer);
  };
  server.limit(maxPerUid);
  return () => {
    for (;;) {
      // A memory that grows is another.
      if (bytes.length === 0) look();
      const size = server.handle(channel.read(request));
      if (size < 0) return size === -ENODEV ? 0 : -size;
      if (bytes.length === 0) look();
      for (let at = list; at < list + size;) {
        const length = view.getUint32(at + PREFIX, true);
        for (let left = view.getUint32(at, true); left > 0; left--) if (channel.write(bytes, at + PREFIX, length) < 0) break;
        at += PREFIX + length;
      }
    }
  };
}

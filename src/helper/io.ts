// SPDX-License-Identifier: LGPL-2.1-or-later

// Reading and writing /dev/fuse, which the helper has inherited as descriptor 3. Statuses are >= 0 or -errno.

import type * as Fs from 'node:fs';

/** One message a call: /dev/fuse takes no part of one and gives no part of one. */
export interface Channel {
  /** Blocks until there is a request: its size in bytes. */
  read(buffer: Uint8Array): number;
  /** Writes the first `size` bytes. */
  write(buffer: Uint8Array, size: number): number;
}

/** What this file uses of Deno. */
interface Deno {
  dlopen(path: string, symbols: Record<string, object>): { symbols: Record<string, (...args: unknown[]) => unknown> };
  UnsafePointerView: { getArrayBuffer(pointer: unknown, bytes: number): ArrayBuffer };
}

const EIO = 5;

/** By node:fs, in Node and Bun: its exceptions cost more than native code would, but come only at the end. */
function byFs(fs: typeof Fs, fd: number): Channel {
  const status = (call: () => number): number => {
    try {
      return call();
    } catch (error) {
      return (error as NodeJS.ErrnoException).errno ?? -EIO;
    }
  };
  return {
    read: (buffer) => status(() => fs.readSync(fd, buffer, 0, buffer.length, null)),
    write: (buffer, size) => status(() => fs.writeSync(fd, buffer, 0, size, null)),
  };
}

/** By libc, in Deno: its node:fs knows only descriptors that it has opened itself. */
function byLibc(deno: Deno, names: string[], fd: number): Channel {
  const symbols = {
    read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
    write: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
    __errno_location: { parameters: [], result: 'pointer' },
  };
  let failure: unknown;
  for (const name of names) {
    try {
      const { read, write, __errno_location } = deno.dlopen(name, symbols).symbols as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const errno = new Int32Array(deno.UnsafePointerView.getArrayBuffer(__errno_location!(), 4));
      const status = (result: unknown): number => (Number(result) < 0 ? -errno[0]! : Number(result));
      return {
        read: (buffer) => status(read!(fd, buffer, BigInt(buffer.length))),
        write: (buffer, size) => status(write!(fd, buffer, BigInt(size))),
      };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The channel of this runtime. `names`: of libraries that may be libc. */
export function openChannel(fd: number, names: string[]): Channel {
  const { Deno } = globalThis as unknown as { Deno?: Deno };
  return Deno ? byLibc(Deno, names, fd) : byFs(process.getBuiltinModule('node:fs'), fd);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Reading and writing /dev/fuse, which the helper has inherited as descriptor 3. Statuses are >= 0 or -errno.

import type * as Fs from 'node:fs';
import { libcNames } from '../../host/ffi.js';

/** One message a call: /dev/fuse takes no part of one and gives no part of one. */
export interface Channel {
  /** Blocks until there is a request: its size in bytes. */
  read(buffer: Uint8Array): number;
  /** Writes the first `size` bytes. */
  write(buffer: Uint8Array, size: number): number;
}

/** What a program of one runtime or another does otherwise. */
export interface Runtime {
  /** /dev/fuse. */
  readonly channel: Channel;
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Writes a text to the standard output. */
  say(text: string): void;
  exit(status: number): never;
}

/** What this file uses of Deno: its node:process and node:fs take 150 ms to load. */
interface Deno {
  args: string[];
  build: { arch: string };
  exit(status: number): never;
  stdout: { writeSync(bytes: Uint8Array): number };
  dlopen(path: string, symbols: Record<string, object>): { symbols: Record<string, (...args: unknown[]) => unknown> };
  UnsafePointerView: { getArrayBuffer(pointer: unknown, bytes: number): ArrayBuffer };
}

const EIO = 5;
/** What ends a program and not the helper: src/fuse/ways.ts. Node and Deno set them to what they like at their start. */
const IGNORED = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 } as const;
const SIG_IGN = 1n;

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

/** By libc, in Deno: its node:fs knows only descriptors that it has opened itself. Ignores signals, too. */
function byLibc(deno: Deno, names: string[], fd: number): Channel {
  const symbols = {
    read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
    write: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
    signal: { parameters: ['i32', 'usize'], result: 'usize' },
    __errno_location: { parameters: [], result: 'pointer' },
  };
  let failure: unknown;
  for (const name of names) {
    try {
      const { read, write, signal, __errno_location } = deno.dlopen(name, symbols).symbols as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const errno = new Int32Array(deno.UnsafePointerView.getArrayBuffer(__errno_location!(), 4));
      for (const number of Object.values(IGNORED)) signal!(number, SIG_IGN);
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

/** This runtime, with `fd` as its channel. */
export function openRuntime(fd: number): Runtime {
  const { Deno } = globalThis as unknown as { Deno?: Deno };
  if (Deno) {
    const names = libcNames(Deno.build.arch === 'aarch64' ? 'arm64' : 'x64');
    const say = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
    return { channel: byLibc(Deno, names, fd), args: Deno.args, say, exit: (status) => Deno.exit(status) };
  }
  const fs = process.getBuiltinModule('node:fs');
  // What ps(1) shows, instead of the program's text.
  process.title = 'vpoll-fuse';
  // Bun keeps what sh has set. A listener takes the place of what Node does: of its debugger too, for USR1.
  if (!process.versions.bun) for (const signal of Object.keys(IGNORED)) process.on(signal, () => undefined);
  const say = (text: string): void => void fs.writeSync(1, text);
  return { channel: byFs(fs, fd), args: process.argv, say, exit: (status) => process.exit(status) };
}

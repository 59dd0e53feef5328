// SPDX-License-Identifier: LGPL-2.1-or-later

/** The program of the helper in Deno: by libc, since its node:fs knows only descriptors that it has opened itself. Its node:process and node:fs take 150 ms to load. */
import { libcNames } from './ffi.js';
import type { Channel, HelperOptions, HelperProgram } from './runtime.js';

type Call = (...args: unknown[]) => unknown;

/** What this file uses of Deno. */
interface DenoGlobal {
  args: string[];
  build: { arch: string };
  exit(status: number): never;
  stdout: { writeSync(bytes: Uint8Array): number };
  dlopen(path: string, symbols: Record<string, object>): { symbols: Record<string, Call> };
  UnsafePointerView: { getArrayBuffer(pointer: unknown, bytes: number): ArrayBuffer };
}

const SIG_IGN = 1n;
const SYMBOLS = {
  read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
  write: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
  signal: { parameters: ['i32', 'usize'], result: 'usize' },
  __errno_location: { parameters: [], result: 'pointer' },
};

/** libc as a channel, once it ignores the signals. */
function openChannel(deno: DenoGlobal, name: string, { fd, ignored }: HelperOptions): Channel {
  const { read, write, signal, __errno_location } = deno.dlopen(name, SYMBOLS).symbols;
  const errno = new Int32Array(deno.UnsafePointerView.getArrayBuffer(__errno_location!(), 4));
  for (const number of Object.values(ignored)) signal!(number, SIG_IGN);
  const status = (result: unknown): number => (Number(result) < 0 ? -errno[0]! : Number(result));
  // Most messages are where the last one was, and a view costs a tenth of a call.
  let whole: Uint8Array = new Uint8Array();
  let [part, at] = [whole, 0];
  return {
    read: (buffer) => status(read!(fd, buffer, BigInt(buffer.length))),
    write: (buffer, offset, size) => {
      if (buffer !== whole || offset !== at) [whole, at, part] = [buffer, offset, buffer.subarray(offset)];
      return status(write!(fd, part, BigInt(size)));
    },
  };
}

export function becomeHelper(options: HelperOptions): HelperProgram {
  const { Deno: deno } = globalThis as unknown as { Deno: DenoGlobal };
  const rest = {
    args: deno.args,
    say: (text: string) => void deno.stdout.writeSync(new TextEncoder().encode(text)),
    exit: (status: number) => deno.exit(status),
  };
  let failure: unknown;
  for (const name of libcNames(deno.build.arch === 'aarch64' ? 'arm64' : 'x64')) {
    try {
      return { ...rest, channel: openChannel(deno, name, options) };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

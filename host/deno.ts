// SPDX-License-Identifier: LGPL-2.1-or-later

/** libc for Deno, through Deno.dlopen. */
import { libcNames, type CFunction, type Ffi } from './ffi.js';
import type { ArgKind } from './sys.js';

/** What this file uses of the global `Deno`; declared here so that nothing needs Deno's own types. */
export interface DenoFfi {
  dlopen(
    path: string,
    symbols: Record<string, { parameters: string[]; result: string }>,
  ): { symbols: Record<string, (...args: never[]) => unknown> };
  UnsafePointer: { of(buffer: Uint8Array): object; value(pointer: object): bigint };
  UnsafePointerView: { getArrayBuffer(pointer: object, bytes: number): ArrayBuffer };
}

/** A 64-bit argument is fastest as a bigint (measured: 310 ns for a write against 590 with a number). */
const C_TYPE: Record<ArgKind, string> = { i32: 'i32', u32: 'u32', ptr: 'usize', len: 'usize' };
/** glibc's and musl's name for where errno is (errno(3)). It never moves while the thread lives. */
const ERRNO_LOCATION = '__errno_location';

/** The name of the libc that this process has already, and where it keeps this thread's errno. Deno's refusal (NotCapable) is passed on. */
function find(deno: DenoFfi, names: string[]): { libc: string; errnoAt: object } {
  let failure: unknown;
  for (const libc of names) {
    try {
      const { symbols } = deno.dlopen(libc, { [ERRNO_LOCATION]: { parameters: [], result: 'pointer' } });
      return { libc, errnoAt: symbols[ERRNO_LOCATION]!() as object };
    } catch (error) {
      if ((error as Error).name === 'NotCapable') throw error;
      failure = error;
    }
  }
  throw new Error(`no libc found (tried ${names.join(', ')})`, { cause: failure });
}

/** Opens libc. Throws where it can't be loaded, Deno's NotCapable where the program was not given --allow-ffi. */
export function openLibc(deno: DenoFfi, arch: string): Ffi {
  const { libc, errnoAt } = find(deno, libcNames(arch));
  const errno = new Int32Array(deno.UnsafePointerView.getArrayBuffer(errnoAt, 4));
  return {
    func: (name, ...kinds) => {
      const parameters = kinds.map((kind) => C_TYPE[kind]);
      return deno.dlopen(libc, { [name]: { parameters, result: 'i32' } }).symbols[name] as CFunction;
    },
    word: (value) => BigInt(value),
    errno: () => errno[0]!,
    address: (buffer) => Number(deno.UnsafePointer.value(deno.UnsafePointer.of(new Uint8Array(buffer)))),
  };
}

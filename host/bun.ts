// SPDX-License-Identifier: LGPL-2.1-or-later

/** libc for Bun, through bun:ffi. */
import { libcNames, type CFunction, type Ffi } from './ffi.js';
import type { ArgKind } from './sys.js';

/** What this file uses of bun:ffi; declared here so that nothing needs Bun's own types. */
export interface BunFfi {
  dlopen(path: string, symbols: Record<string, { args: string[]; returns: string }>): { symbols: Record<string, CFunction> };
  ptr(buffer: Uint8Array): number;
  read: { i32(address: number): number };
}

const C_TYPE: Record<ArgKind, string> = { i32: 'i32', u32: 'u32', ptr: 'ptr', len: 'usize' };
/** glibc's and musl's name for where errno is (errno(3)). It never moves while the thread lives. */
const ERRNO_LOCATION = '__errno_location';

/** The name of the libc that this process has already, and where it keeps this thread's errno. */
function find(ffi: BunFfi, names: string[]): { libc: string; errnoAt: number } {
  let failure: unknown;
  for (const libc of names) {
    try {
      const { symbols } = ffi.dlopen(libc, { [ERRNO_LOCATION]: { args: [], returns: 'ptr' } });
      return { libc, errnoAt: symbols[ERRNO_LOCATION]!() };
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`no libc found (tried ${names.join(', ')})`, { cause: failure });
}

/** Opens libc. Throws where it can't be loaded. */
export function openLibc(ffi: BunFfi, arch: string): Ffi {
  const { libc, errnoAt } = find(ffi, libcNames(arch));
  const { read } = ffi;
  return {
    func: (name, ...kinds) => {
      const args = kinds.map((kind) => C_TYPE[kind]);
      return ffi.dlopen(libc, { [name]: { args, returns: 'i32' } }).symbols[name]!;
    },
    word: (value) => value,
    errno: () => read.i32(errnoAt),
    address: (buffer) => ffi.ptr(new Uint8Array(buffer)),
  };
}

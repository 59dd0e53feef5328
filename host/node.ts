// SPDX-License-Identifier: LGPL-2.1-or-later

/** libc for Node, through koffi. */
import { libcNames, type Ffi } from './ffi.js';
import type { ArgKind } from './sys.js';

/** What this file uses of koffi; declared here so that the published types need no other package's. */
export interface Koffi {
  load(path: string | null): { func(prototype: string): (...args: (number | bigint)[]) => number };
  errno(): number;
  address(buffer: Uint8Array): bigint;
}

const C_TYPE: Record<ArgKind, string> = { i32: 'int', u32: 'unsigned int', ptr: 'uintptr_t', len: 'size_t' };

/**
 * The library that holds the system calls: whatever libc this process already has. Loading by name could bring a second libc
 * into the process; the names are for a Node that was linked statically.
 */
export function loadLibc(koffi: Koffi, arch: string): ReturnType<Koffi['load']> {
  const names = [null, ...libcNames(arch)];
  let failure: unknown;
  for (const name of names) {
    try {
      const libc = koffi.load(name);
      libc.func('int socketpair(int, int, int, uintptr_t)');
      return libc;
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`no libc found (tried the process itself, ${names.slice(1).join(', ')})`, { cause: failure });
}

/** Opens libc. Throws where it can't be loaded. `koffi.errno()` is the thread's own errno. */
export function openLibc(koffi: Koffi, arch: string): Ffi {
  const libc = loadLibc(koffi, arch);
  return {
    func: (name, ...kinds) => libc.func(`int ${name}(${kinds.map((kind) => C_TYPE[kind]).join(', ') || 'void'})`),
    word: (value) => value,
    errno: () => koffi.errno(),
    address: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
  };
}

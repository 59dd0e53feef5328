// SPDX-License-Identifier: LGPL-2.1-or-later

// What a guest may take of the machine it runs on. Whatever it does by calls ends; what it computes between two calls, nobody sees.

import type { Calls } from './command.js';
import { WASI } from './errno.js';

/** Bytes that it may print, and lines: each is one of the trace too. */
export const PRINTED_MAX = 1 << 24;
export const LINES_MAX = 1_000_000;
/** Bytes of its memory. */
const MEMORY_MAX = 1 << 28;
/** Pieces of one call, as IOV_MAX of Linux; and subscriptions of one poll_oneoff. */
export const PIECES_MAX = 1024;
/** Random bytes that it may ask for, in all; bytes that it may write to its files in memory, and files that it may make. */
const RANDOM_MAX = 1 << 24;
const FILES_SIZE_MAX = 1 << 24;
const FILES_MAX = 4096;

/** Calls of the library that make something that lasts. */
const MAKING = ['path_open', 'path_create_directory', 'path_link', 'path_symlink'];
/** Those that make a file larger, and which argument is where it then ends. */
const SIZING: Readonly<Record<string, (args: readonly bigint[]) => bigint>> = {
  fd_allocate: ([, offset, size]) => offset! + size!,
  fd_filestat_set_size: ([, size]) => size!,
  fd_pwrite: ([, , , offset]) => offset!,
  fd_seek: ([, offset]) => offset!,
};

/** How many bytes these are in all. */
export function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** What the bounds need of a guest. */
export interface Bounded {
  /** Counts a step, and throws where there were too many. */
  readonly step: () => void;
  /** Ends it for what it has done: the words behind "the guest has". */
  readonly stop: (what: string) => never;
  readonly memory: () => WebAssembly.Memory;
  readonly isOwn: (error: unknown) => boolean;
}

/** The library's calls, which keep what they are given in memory of their own. */
export function boundFiles(library: Calls, sizeOf: (at: number, count: number) => number): Calls {
  let made = 0;
  let written = 0;
  const bounded: Calls = { ...library };
  for (const name of MAKING) {
    const call = library[name];
    if (call) bounded[name] = (...args) => (++made > FILES_MAX ? WASI.ENOSPC : call(...args));
  }
  for (const [name, endOf] of Object.entries(SIZING)) {
    const call = library[name];
    if (call) bounded[name] = (...args) => (endOf(args) > BigInt(FILES_SIZE_MAX) ? WASI.ENOSPC : call(...args));
  }
  for (const name of ['fd_write', 'fd_pwrite']) {
    const call = bounded[name];
    if (!call) continue;
    bounded[name] = (...args) => {
      const [, at, count] = args as number[];
      written += sizeOf(at!, count!);
      return written > FILES_SIZE_MAX ? WASI.ENOSPC : call(...args);
    };
  }
  return bounded;
}

/** All calls of a guest: each is a step, and one that names what isn't in its memory is EFAULT. */
export function bound(calls: Calls, { step, stop, memory, isOwn }: Bounded): Calls {
  let random = 0;
  const guard = (name: string, call: Calls[string]): Calls[string] => {
    return (...args) => {
      step();
      if (memory().buffer.byteLength > MEMORY_MAX) stop(`taken more than ${MEMORY_MAX} bytes of memory`);
      if (name === 'random_get') random += Number(args[1]) >>> 0;
      if (random > RANDOM_MAX) stop(`asked for more than ${RANDOM_MAX} random bytes`);
      try {
        return call(...args);
      } catch (error) {
        // What ends it, and a stack that is full.
        if (isOwn(error) || (error instanceof Error && error.message.includes('stack'))) throw error;
        return WASI.EFAULT;
      }
    };
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, guard(name, call)]));
}

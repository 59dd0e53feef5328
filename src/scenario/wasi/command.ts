// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs for WASI (preview 1) by @wasmer/wasi 1.2.2 (MIT), which runs them in Node, Bun, Deno and browsers. Its clock
// is the wall's and its random numbers are the system's, so both are replaced: what a program asks for depends on its input alone.

import type { WASI } from '@wasmer/wasi';
import { decode } from '../../base64.js';

/** What a program is given. */
export interface Program {
  readonly module: WebAssembly.Module;
  /** Its name first. */
  readonly args: readonly string[];
  /** Its environment. Default: none. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Calls of preview 1 by name. */
export type Calls = Record<string, (...args: never[]) => unknown>;

/** One of a descriptor. */
export type FdCall = (fd: number, ...args: never[]) => number;

/** A program that is about to begin. */
export interface Prepared {
  readonly wasi: WASI;
  readonly instance: WebAssembly.Instance;
}

/** What a program that calls proc_exit(2) is ended by. */
class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the program exited with status ${status}`);
    this.status = status;
  }
}

const MODULE = 'wasi_snapshot_preview1';

interface BufferLike {
  from(text: string, encoding: 'base64'): Uint8Array;
}

/** The library decodes its own code by Node's Buffer, which a browser lacks. */
function provideBuffer(): void {
  const scope = globalThis as { Buffer?: BufferLike };
  scope.Buffer ??= { from: decode };
}

/** What is used of @wasmer/wasi. */
export interface Library {
  readonly WASI: typeof WASI;
  readonly init: () => Promise<unknown>;
}

let library: Promise<Library> | undefined;

async function load(): Promise<Library> {
  provideBuffer();
  const loaded = (await import('@wasmer/wasi')) as unknown as Library & { readonly default?: Library };
  // CommonJS for Node, a module for bundlers.
  const found = typeof loaded.init === 'function' ? loaded : loaded.default!;
  await found.init();
  return found;
}

/** Loads the library when it is first needed: half a megabyte that only a guest uses. Rejects where it isn't there, or can't begin. */
export function loadLibrary(): Promise<Library> {
  library ??= load();
  return library;
}

/** Gives the calls that take the place of the library's, which it gets. */
export type Replace = (library: Calls) => Calls;

/** Makes a program ready; the caller frees `wasi`. What it throws is the program's fault. */
export function prepare({ WASI: Wasi }: Library, { module, args, env = {} }: Program, replace: Replace): Prepared {
  const wasi = new Wasi({ args: [...args], env: { ...env } });
  try {
    // The library takes a module that asks for nothing for one of no WASI.
    const asks = WebAssembly.Module.imports(module).length > 0;
    const imports = (asks ? wasi.getImports(module) : {}) as Record<string, Record<string, WebAssembly.ImportValue>>;
    const exits = {
      proc_exit: (status: number): never => {
        throw new Exit(status);
      },
    };
    const calls = replace({ ...imports[MODULE] } as Calls);
    // What the library lacks and we have is given as well.
    const wanted = new Set(WebAssembly.Module.imports(module).map(({ name }) => name));
    const own = Object.entries({ ...calls, ...exits }).filter(([name]) => wanted.has(name));
    if (asks) imports[MODULE] = { ...imports[MODULE], ...Object.fromEntries(own) };
    const instance = new WebAssembly.Instance(module, imports);
    if (asks) wasi.instantiate(instance, {});
    return { wasi, instance };
  } catch (error) {
    wasi.free();
    throw error;
  }
}

/** Runs a program to its end: its status. What it throws but its exit is a trap, and thrown on. */
export function start({ instance }: Prepared): number {
  try {
    (instance.exports._start as () => void)();
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.status;
    throw error;
  }
}

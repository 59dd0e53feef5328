// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs for WASI (preview 1) by @wasmer/wasi 1.2.2 (MIT), which runs them in Node, Bun, Deno and browsers. Its clock
// is the wall's and its random numbers are the system's, so both are replaced: what a program asks for depends on its input alone.

import type { WASI } from '@wasmer/wasi';

/** What a program is given. */
export interface Program {
  readonly module: WebAssembly.Module;
  /** Its name first. */
  readonly args: readonly string[];
  readonly stdin?: Uint8Array | undefined;
  readonly env?: Record<string, string> | undefined;
}

/** What came of it. */
export interface Ended {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Calls of preview 1 by name. */
export type Calls = Record<string, (...args: never[]) => unknown>;

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
const ENOSYS = 52;

interface BufferLike {
  from(text: string, encoding: 'base64'): Uint8Array;
}

/** The library decodes its own code by Node's Buffer, which a browser lacks. */
function provideBuffer(): void {
  const scope = globalThis as { Buffer?: BufferLike };
  scope.Buffer ??= { from: (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) };
}

interface Library {
  readonly WASI: typeof WASI;
  readonly init: () => Promise<unknown>;
}

let library: Promise<Library> | undefined;

/** Loaded when first needed: half a megabyte that no other command uses. */
async function load(): Promise<Library> {
  provideBuffer();
  const loaded = (await import('@wasmer/wasi')) as unknown as Library & { readonly default?: Library };
  // CommonJS for Node, a module for bundlers.
  const found = typeof loaded.init === 'function' ? loaded : loaded.default!;
  await found.init();
  return found;
}

/** Gives the calls that take the place of the library's, which it gets. */
export type Replace = (library: Calls) => Calls;

/** Neither clock nor chance. A program that waits needs a kernel: ./guest.ts has one. */
const still: Replace = () => ({
  clock_time_get: () => ENOSYS,
  random_get: () => ENOSYS,
  poll_oneoff: () => ENOSYS,
});

/** Makes a program ready; whoever gets it frees `wasi`. */
export async function prepare({ module, args, stdin, env }: Program, replace: Replace = still): Promise<Prepared> {
  library ??= load();
  const { WASI: Wasi } = await library;
  const wasi = new Wasi({ args: [...args], env: env ?? {} });
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
    const own = Object.entries({ ...calls, ...exits }).filter(([name]) => imports[MODULE]?.[name] !== undefined);
    Object.assign(imports[MODULE] ?? {}, Object.fromEntries(own));
    const instance = new WebAssembly.Instance(module, imports);
    if (asks) wasi.instantiate(instance, {});
    if (stdin) wasi.setStdinBuffer(stdin);
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

/** Runs a program that waits for nothing. */
export async function runProgram(program: Program): Promise<Ended> {
  const prepared = await prepare(program);
  try {
    const status = start(prepared);
    return { status, stdout: prepared.wasi.getStdoutBuffer(), stderr: prepared.wasi.getStderrBuffer() };
  } finally {
    prepared.wasi.free();
  }
}

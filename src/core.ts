// SPDX-License-Identifier: LGPL-2.1-or-later

// The core (WASM) over the host of this runtime: made at the first use. So importing vpoll costs nothing, needs no native
// code, and works where vpoll itself can't (macOS, Windows, browsers).

import wasmBase64 from '../build/core.wasm.js';
import { createHost } from '../host/linux/libc.js';
import { ENTRY } from '../host/structs.js';
import type { HostFactory } from '../host/sys.js';
import { fromBase64 } from './base64.js';
import { CLOSEST, EXCLUSIVE, PASSING } from './backends.js';
import type { CoreCalls } from './core-calls.js';
import { backendOf, flagsOf, generationOf, readEntry } from './entry.js';
import { openLibc, unusable } from './runtime.js';

/** What the wasm exports beside that; assembly/index.ts says what each does. */
interface Exports extends CoreCalls {
  request(fd: number, op: number, events: number): number;
  attach(fd: number, peer: number, ino: bigint, peerIno: bigint, options: number, isCopy: number): number;
  plan(backend: number, shown: number, target: number, asserted: number): number;
  lend(fd: number, tree: number): void;
}

/** The core, and what its table knows of a descriptor. 0, or -1 for the hidden end, where it is not in the table. */
export interface Core extends Exports {
  generation(fd: number): number;
  backend(fd: number, generation: number): number;
  options(fd: number): number;
  peer(fd: number): number;
  ino(fd: number): bigint;
  peerIno(fd: number): bigint;
}

let core: Core | undefined;

/** Reads the table's entries. */
function withFields(exports: Exports): Core {
  const field = <T>(fd: number, none: T, read: (view: DataView) => T): T => readEntry(exports, fd, 0, none, read);
  return {
    ...exports,
    generation: (fd) => generationOf(exports, fd),
    backend: (fd, generation) => backendOf(exports, fd, generation),
    options: (fd) => flagsOf(exports, fd) & (CLOSEST | EXCLUSIVE | PASSING),
    peer: (fd) => field(fd, -1, (view) => view.getInt32(ENTRY.peer, true)),
    ino: (fd) => field(fd, 0n, (view) => view.getBigUint64(ENTRY.ino, true)),
    peerIno: (fd) => field(fd, 0n, (view) => view.getBigUint64(ENTRY.peerIno, true)),
  };
}

/** The core that is built in. */
function builtIn(): WebAssembly.Module {
  return new WebAssembly.Module(fromBase64(wasmBase64));
}

/** A core of its own over the given host. `module`: another build of it, with `more` that it imports; for tests. */
export function instantiate(host: HostFactory, module = builtIn(), more: WebAssembly.Imports = {}): Core {
  const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
    ...more,
    sys: host(() => instance.exports.memory as WebAssembly.Memory),
  });
  return withFields(instance.exports as unknown as Exports);
}

function loadHost(): HostFactory {
  const ffi = openLibc();
  try {
    return createHost(ffi, process.arch);
  } catch (error) {
    throw unusable('ENOSYS', (error as Error).message, error);
  }
}

/** The process's core. Throws ENOSYS where vpoll can't run, EACCES where the runtime forbids it. */
export function getCore(): Core {
  core ??= instantiate(loadHost());
  return core;
}

/** Puts another core in the place of the process's own: for tests that script the kernel. Undefined: back to the real one. */
export function setCore(other: Core | undefined): void {
  core = other;
}

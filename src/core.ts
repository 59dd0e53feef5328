// SPDX-License-Identifier: LGPL-2.1-or-later

// The core (WASM) over the host of this runtime: made at the first use, so that importing vpoll costs nothing, needs no native
// code, and works where vpoll itself can't (macOS, Windows, browsers).

import wasmBase64 from '../build/core.wasm.js';
import { createHost } from '../host/libc.js';
import { SYS_NAMES, type HostFactory } from '../host/sys.js';
import { CLOSEST, EXCLUSIVE, PASSING } from './backends.js';
import { errnoName, VPollError, type ErrorCode } from './errors.js';
import { openLibc, unusable } from './runtime.js';

/** What the wasm exports; assembly/index.ts says what each does. Functions return >= 0 or -errno unless they say otherwise. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  create(backend: number, events: number, fdFlags: number, options: number, needs: number): number;
  ctl(fd: number, generation: number, op: number, events: number): number;
  request(fd: number, op: number, events: number): number;
  events(fd: number, generation: number): number;
  supports(fd: number, generation: number, mask: number): number;
  close(fd: number, generation: number): number;
  attach(fd: number, peer: number, ino: bigint, peerIno: bigint, options: number, isCopy: number): number;
  failed(): number;
  reason(backend: number): number;
  next(events: number, op: number, arg: number): number;
  aliased(backend: number, events: number): number;
  nearest(backend: number, shown: number, wanted: number, options: number): number;
  plan(backend: number, shown: number, target: number, asserted: number): number;
  /** 1 or 0 */
  gives(backend: number, needs: number, options: number): number;
  find(fd: number, generation: number): number;
  lend(fd: number): void;
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

/** Reads the table's entries, whose fields are where assembly/table.ts says. */
function withFields(exports: Exports): Core {
  const field = <T>(fd: number, generation: number, none: T, read: (view: DataView) => T): T => {
    const entry = exports.find(fd, generation);
    return entry === 0 ? none : read(new DataView(exports.memory.buffer, entry, 32));
  };
  return {
    ...exports,
    generation: (fd) => field(fd, 0, 0, (view) => view.getUint32(20, true)),
    backend: (fd, generation) => field(fd, generation, 0, (view) => view.getUint8(30)),
    options: (fd) => field(fd, 0, 0, (view) => view.getUint8(31) & (CLOSEST | EXCLUSIVE | PASSING)),
    peer: (fd) => field(fd, 0, -1, (view) => view.getInt32(16, true)),
    ino: (fd) => field(fd, 0, 0n, (view) => view.getBigUint64(0, true)),
    peerIno: (fd) => field(fd, 0, 0n, (view) => view.getBigUint64(8, true)),
  };
}

/** A core of its own over the given host. */
export function instantiate(host: HostFactory): Core {
  const bytes = Uint8Array.from(atob(wasmBase64), (char) => char.charCodeAt(0));
  const instance: WebAssembly.Instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
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

/** The error for a negative status of the core: the system call that refused, or `syscall` where the core itself did. */
export function failure(status: number, syscall: string, detail?: (code: ErrorCode) => string | undefined): VPollError {
  const failed = getCore().failed();
  const code = errnoName(-status);
  return new VPollError(code, failed < 0 ? syscall : SYS_NAMES[failed]!, detail?.(code));
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/** Node: libc through koffi, which brings uv_poll as well, so that nothing but the event loop waits (node-source.ts). */
import { becomeByFs } from './channel.js';
import { libcNames, type Ffi } from './ffi.js';
import { createEpoll } from './linux/epoll.js';
import { findKoffi } from './node-koffi.js';
import { createNodeSources } from './node-source.js';
import { afterPromises } from './node-turn.js';
import type { KoffiUv } from './node-uv.js';
import type { HelperOptions, HelperProgram, Refusal, Runtime, TakeStray } from './runtime.js';
import type { ArgKind } from './sys.js';
import { startWorker, type Threads } from './thread/threads.js';

/** What this file uses of koffi; declared here so that the published types need no other package's. */
export interface Koffi {
  load(path: string | null): { func(prototype: string): (...args: (number | bigint)[]) => number };
  errno(): number;
  address(buffer: Uint8Array): bigint;
}

/** require(), from this file or, in a CommonJS bundle (which has no import.meta.url), from the bundle. */
function requireHere(): NodeJS.Require {
  const { createRequire } = process.getBuiltinModule('node:module');
  // The working directory is asked for at last: it may have been removed.
  return createRequire(import.meta.url || (typeof __filename === 'string' ? __filename : `${process.cwd()}/`));
}

let found: ReturnType<typeof findKoffi> | undefined;

function getKoffi(): ReturnType<typeof findKoffi> {
  return (found ??= findKoffi(requireHere()));
}

export function loadKoffi(): Koffi {
  return getKoffi().koffi as Koffi;
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

/** SHA256(3ssl) of the OpenSSL that Node's program has in it, or was linked with. Undefined where there is none. */
function sha256(koffi: Koffi, libc: ReturnType<Koffi['load']>, bytes: Uint8Array): Uint8Array | undefined {
  const digest = new Uint8Array(32);
  try {
    const call = libc.func('uintptr_t SHA256(uintptr_t, size_t, uintptr_t)');
    return call(koffi.address(bytes), bytes.length, koffi.address(digest)) === 0 ? undefined : digest;
  } catch {
    return undefined;
  }
}

/** Opens libc. Throws where it can't be loaded. `koffi.errno()` is the thread's own errno. */
export function openLibc(koffi: Koffi, arch: string): Ffi {
  const libc = loadLibc(koffi, arch);
  return {
    func: (name, ...kinds) => libc.func(`int ${name}(${kinds.map((kind) => C_TYPE[kind]).join(', ') || 'void'})`),
    word: (value) => value,
    errno: () => koffi.errno(),
    sha256: (bytes) => sha256(koffi, libc, bytes),
    address: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
  };
}

const KOFFI =
  'Node calls libc by the package koffi, which must lie beside this program, a bundle too, with its native part: npm install koffi (vpoll/docs/runtimes.md, Bundles)';

function explain({ code, message }: Error & { code?: string }): Refusal {
  if (code === 'ERR_DLOPEN_DISABLED') {
    const why = 'Node keeps this program from loading koffi: run it with --allow-addons or without its permission model';
    return { code: 'EACCES', why };
  }
  // The package may not be there, or have been copied without its native part.
  const isKoffi = code === 'MODULE_NOT_FOUND' || /native koffi/i.test(message);
  return { code: 'ENOSYS', why: isKoffi ? `${message.split('\n', 1)[0]!}: ${KOFFI}` : message };
}

function packedBy(): string | undefined {
  const sea = process.getBuiltinModule('node:sea') as { isSea(): boolean } | undefined;
  return sea?.isSea() ? 'a single-executable application of Node' : undefined;
}

/** Node sets the actions of signals at its start. A listener takes their place, for USR1 that of its debugger. */
function becomeHelper(options: HelperOptions): HelperProgram {
  const program = becomeByFs(options);
  for (const signal of Object.keys(options.ignored)) process.on(`SIG${signal}`, () => undefined);
  return program;
}

/**
 * Node asks process.emit() whether anybody listens. A listener of ours would not do: where it is the only one, Node takes for handled what nobody has
 * handled. A rejection comes in its context, an exception of a microtask in none (Node 20).
 */
function catchStray(take: TakeStray): () => void {
  const emit = Reflect.get(process, 'emit') as (...args: unknown[]) => boolean;
  const asking = function (this: NodeJS.Process, name: string, ...args: unknown[]): boolean {
    if (name === 'unhandledRejection' && take(args[0], 'in context')) return true;
    if (name === 'uncaughtException' && take(args[0], 'at once')) return true;
    return Reflect.apply(emit, this, [name, ...args]);
  };
  process.emit = asking as NodeJS.Process['emit'];
  return () => {
    // A function that has wrapped it in the meantime stays, and calls ours.
    if (Reflect.get(process, 'emit') === asking) process.emit = emit as NodeJS.Process['emit'];
    take = () => false;
  };
}

const THREADS: Threads = {
  start: startWorker,
  // Where koffi lies: a thread whose program is a text finds no packages.
  hint: () => getKoffi().file,
  openLibc(hint) {
    const file = hint as string;
    return openLibc(process.getBuiltinModule('node:module').createRequire(file)(file) as Koffi, process.arch);
  },
  // A thread that is in a call of C can't be ended, nor can the process without it, so it comes back again and again. uv_poll could be ended, but would not do: it
  // puts the set into the loop's own. An add to a set within a set holds a lock of the whole system (epnested_mutex in fs/eventpoll.c) until the file's server
  // answers.
  sliceMs: 200,
  threadFds: 8,
  isJoining: true,
  isErrorLast: true,
};

export const node: Runtime = {
  isHere: true,
  openLibc: () => openLibc(loadKoffi(), process.arch),
  explain,
  openSources: (ffi) => createNodeSources(loadKoffi() as unknown as KoffiUv, createEpoll(ffi, process.arch)),
  afterTold: afterPromises,
  threads: THREADS,
  catchStray,
  isStrayLate: false,
  version: () => process.version,
  packedBy,
  alone: [],
  programArgs: () => process.execArgv,
  variables: /^(?:NODE_|OPENSSL_CONF$)/,
  whyHidden: () => undefined,
  helperCommand: (program, args) => [process.execPath, '-e', program, '--', ...args],
  helperEnv: () => ({ OPENSSL_CONF: '/dev/null' }),
  becomeHelper,
};

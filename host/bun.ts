// SPDX-License-Identifier: LGPL-2.1-or-later

/** Bun: libc through bun:ffi. Its event loop takes no descriptors (uv_poll of koffi panics there), so a thread waits. */
import { becomeByFs } from './channel.js';
import { libcNames, type CFunction, type Ffi } from './ffi.js';
import type { Runtime, TakeStray } from './runtime.js';
import type { ArgKind } from './sys.js';
import { startWorker } from './thread/threads.js';
import { soon } from './turn.js';

/** What this file uses of bun:ffi; declared here so that nothing needs Bun's own types. */
interface BunFfi {
  dlopen(path: string, symbols: Record<string, { args: string[]; returns: string }>): { symbols: Record<string, CFunction> };
  ptr(buffer: Uint8Array): number;
  read: { i32(address: number): number };
}

/** What this file uses of what is global. A page may have neither, and Bun a page that has no process. */
const { Bun, process: here } = globalThis as {
  Bun?: {
    readonly SHA256: { hash(bytes: Uint8Array): Uint8Array };
    readonly main: string;
    /** What bun:test has, for a file. */
    jest?(file: string): { describe(title: string, run: () => void): void };
  };
  process?: Partial<NodeJS.Process>;
};

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
function openLibc(): Ffi {
  // By a call and not by an import: no bundler sees it, and no other runtime stumbles over the name.
  const ffi = process.getBuiltinModule('bun:ffi') as unknown as BunFfi;
  const { libc, errnoAt } = find(ffi, libcNames(process.arch));
  const { read } = ffi;
  return {
    func: (name, ...kinds) => {
      const args = kinds.map((kind) => C_TYPE[kind]);
      return ffi.dlopen(libc, { [name]: { args, returns: 'i32' } }).symbols[name]!;
    },
    word: (value) => value,
    errno: () => read.i32(errnoAt),
    sha256: (bytes) => Bun?.SHA256.hash(bytes),
    address: (buffer) => ffi.ptr(new Uint8Array(buffer)),
  };
}

let isTesting: boolean | undefined;

/**
 * Whether this is `bun test`, which has rejections reported to itself alone and to no listener. Only describe() tells. Where there is no such runner it says so; in
 * a test it says something else. Outside of all tests it makes an empty group, which nobody sees.
 */
function isTestRunner(): boolean {
  if (isTesting !== undefined) return isTesting;
  try {
    Bun?.jest?.(Bun.main).describe('', () => undefined);
    isTesting = Bun?.jest !== undefined;
  } catch (error) {
    isTesting = !(error instanceof Error && error.message.includes('outside of the test runner'));
  }
  return isTesting;
}

/**
 * Bun tells every listener, and takes for handled what one of them was told. So an error that isn't taken, and that no other
 * listener was told, is thrown once more.
 */
function catchStray(take: TakeStray): () => void {
  const onRejection = (error: unknown): void => {
    if (take(error, 'late') || process.listenerCount('unhandledRejection') > 1) return;
    // What is thrown here goes to the next.
    process.off('uncaughtException', onException);
    throw error;
  };
  const onException = (error: unknown): void => {
    if (take(error, 'at once') || process.listenerCount('uncaughtException') > 1) return;
    // To throw it here would be another status of the process.
    process.off('uncaughtException', onException);
    soon(() => {
      throw error;
    });
  };
  const undo = (): void => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return undo;
}

/** What keeps it from bunfig.toml, whose `preload` it runs, from .env files, and from tsconfig.json, whose `paths` may name another file for each import. */
const ALONE = ['--config=/dev/null', '--no-env-file', '--tsconfig-override=/dev/null'];

export const bun: Runtime = {
  isHere: Bun !== undefined && here?.versions?.bun !== undefined,
  openLibc,
  explain: ({ message }) => ({ code: 'ENOSYS', why: message }),
  openSources: (_, byThread) => byThread(),
  afterTold: soon,
  threads: {
    start: startWorker,
    hint: () => undefined,
    openLibc,
    sliceMs: -1,
    threadFds: 2,
    isJoining: true,
    isErrorLast: false,
  },
  catchStray,
  get isStrayLate() {
    return !isTestRunner();
  },
  version: () => process.versions.bun!,
  // What Bun has compiled isn't named: it is a runtime where BUN_BE_BUN asks for one.
  packedBy: () => undefined,
  alone: ALONE,
  programArgs: () => process.execArgv,
  variables: /^(?:NODE_|BUN_|JSC_)/,
  whyHidden: () => undefined,
  helperCommand: (program, args) => [process.execPath, ...ALONE, '-e', program, ...args],
  // A program that Bun compiled into one file runs scripts when it is told to.
  helperEnv: () => ({ BUN_BE_BUN: '1' }),
  // It keeps the signals ignored that sh has set so.
  becomeHelper: becomeByFs,
};

// SPDX-License-Identifier: LGPL-2.1-or-later

/** Deno: libc through Deno.dlopen. Its event loop takes no descriptors (uv_poll of koffi loses events there), so a thread waits. */
import { becomeHelper } from './deno-helper.js';
import { libcNames, type CFunction, type Ffi } from './ffi.js';
import type { Runtime, TakeStray } from './runtime.js';
import type { ArgKind } from './sys.js';
import { startWorker } from './thread/threads.js';
import { soon } from './turn.js';

/** What this file uses of the global `Deno`; declared here so that nothing needs Deno's own types. */
interface DenoGlobal {
  dlopen(
    path: string,
    symbols: Record<string, { parameters: string[]; result: string }>,
  ): { symbols: Record<string, (...args: never[]) => unknown> };
  UnsafePointer: { of(buffer: Uint8Array): object; value(pointer: object): bigint };
  UnsafePointerView: { getArrayBuffer(pointer: object, bytes: number): ArrayBuffer };
  build: { standalone?: boolean };
  permissions: { querySync(what: { name: 'env'; variable: string }): { state: string } };
}

/** Only Deno has one. */
const here = globalThis as unknown as { Deno: DenoGlobal; navigator?: { userAgent?: string } };

/**
 * A program for another runtime may have put a Deno of its own there. `process` is asked last: to load that takes 20 to 150 ms, which is more than a helper does.
 */
function isHere(): boolean {
  if (!('Deno' in globalThis)) return false;
  if (here.navigator?.userAgent?.startsWith('Deno/') === true) return true;
  return 'process' in globalThis && 'deno' in process.versions;
}

/** A 64-bit argument is fastest as a bigint (measured: 310 ns for a write against 590 with a number). */
const C_TYPE: Record<ArgKind, string> = { i32: 'i32', u32: 'u32', ptr: 'usize', len: 'usize' };
/** glibc's and musl's name for where errno is (errno(3)). It never moves while the thread lives. */
const ERRNO_LOCATION = '__errno_location';

/** The name of the libc that this process has already, and where it keeps this thread's errno. Deno's refusal (NotCapable) is passed on. */
function find(deno: DenoGlobal, names: string[]): { libc: string; errnoAt: object } {
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
function openLibc(): Ffi {
  const deno = here.Deno;
  const { libc, errnoAt } = find(deno, libcNames(process.arch));
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

/** Whether the program may look at a variable of the environment: --allow-env. */
function mayRead(variable: string): boolean {
  return here.Deno.permissions.querySync({ name: 'env', variable }).state === 'granted';
}

/** Deno asks as a browser does, in the context in which the error occurred. */
function catchStray(take: TakeStray): () => void {
  const onRejection = (event: PromiseRejectionEvent): void => {
    if (take(event.reason, 'in context')) stop(event);
  };
  const onError = (event: ErrorEvent): void => {
    if (take(event.error, 'in context')) stop(event);
  };
  const stop = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  globalThis.addEventListener('unhandledrejection', onRejection);
  globalThis.addEventListener('error', onError);
  return () => {
    globalThis.removeEventListener('unhandledrejection', onRejection);
    globalThis.removeEventListener('error', onError);
  };
}

/** No folder, for no user: where root is told of one that isn't there, Deno makes it. */
const NOWHERE = '/dev/null/none';

/** Deno's cache, without which it takes 170 ms to start and not 20: the caller's own, if this user may write there. */
function cacheFolder(isUsable: (folder: string) => boolean): string {
  const read = (name: string): string | undefined => (mayRead(name) ? process.env[name] : undefined);
  const home = read('HOME');
  const caches = read('XDG_CACHE_HOME') || (home && `${home}/.cache`);
  const folder = read('DENO_DIR') || (caches && `${caches}/deno`) || NOWHERE;
  return folder.startsWith('/') && isUsable(folder) ? folder : NOWHERE;
}

export const deno: Runtime = {
  isHere: isHere(),
  openLibc,
  explain: ({ name, message }) =>
    name === 'NotCapable'
      ? { code: 'EACCES', why: 'Deno keeps this program from calling libc: run it with --allow-ffi' }
      : { code: 'ENOSYS', why: message },
  openSources: (_, byThread) => byThread(),
  afterTold: soon,
  threads: {
    start: startWorker,
    hint: () => undefined,
    openLibc,
    sliceMs: -1,
    threadFds: 6,
    isJoining: false,
    isErrorLast: false,
  },
  catchStray,
  isStrayLate: false,
  version: () => `deno ${(process.versions as { deno?: string }).deno!}`,
  packedBy: () => (here.Deno.build.standalone ? 'a program made by deno compile' : undefined),
  alone: [],
  programArgs: () => ['run', '-A'],
  // Where its cache is, and what it tells its children, is for all.
  variables: /^(?:NODE_|DENO_(?!DIR$|EXTRA_))/,
  whyHidden: (name) => (mayRead(name) ? undefined : `Deno keeps ${name} from this program: run it with --allow-env=${name}`),
  helperCommand: (program, args) => [process.execPath, 'eval', '--no-config', '--no-lock', program, ...args],
  // Without HOME it would look up the user's, and a ~/.npmrc that it can't read ends it. Nobody can make a file in /proc.
  helperEnv: (isUsable) => ({ DENO_DIR: cacheFolder(isUsable), HOME: '/proc', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }),
  becomeHelper,
};

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Node through its own node:ffi, in place of koffi: added to a copy by test/project/new-runtime.test.ts. It has no uv_poll, so a thread waits. It isn't shipped: what it
 * saves on a call without a kernel in it, it loses on the others (docs/runtimes.md).
 */
import { becomeByFs } from '../../../host/channel.js';
import { libcNames, type CFunction, type Ffi, type Word } from '../../../host/ffi.js';
import type { HelperOptions, HelperProgram, Runtime } from '../../../host/runtime.js';
import type { ArgKind } from '../../../host/sys.js';
import { startWorker } from '../../../host/thread/threads.js';
import { soon } from '../../../host/turn.js';

/** What this file uses of node:ffi. */
interface NodeFfi {
  dlopen(
    path: string | null,
    functions: Record<string, { return: string; arguments: string[] }>,
  ): { functions: Record<string, (...args: Word[]) => never> };
  getInt32(address: bigint): number;
  getRawPointer(bytes: Uint8Array): bigint;
}

const { process: here } = globalThis as { process?: Partial<NodeJS.Process> };
const hooks = here?.getBuiltinModule?.('node:async_hooks');
const outside = hooks && new hooks.AsyncResource('vpoll');

function getFfi(): NodeFfi | undefined {
  return here?.getBuiltinModule?.('node:ffi') as NodeFfi | undefined;
}

/** It refuses what is beyond a type, so that each number is made fit: 32 bits by their sign, and 64 without. */
const C_TYPE: Record<ArgKind, string> = { i32: 'int32', u32: 'int32', ptr: 'uint64', len: 'uint64' };

function fit(kind: ArgKind, value: Word): Word {
  return C_TYPE[kind] === 'int32' ? Number(value) | 0 : BigInt.asUintN(64, BigInt(value));
}

function openLibc(): Ffi {
  const ffi = getFfi()!;
  const open = (library: string | null, name: string, result: string, args: string[]): ((...args: Word[]) => never) =>
    ffi.dlopen(library, { [name]: { return: result, arguments: args } }).functions[name]!;
  // What the process has already, or, where that is linked statically, by name.
  const library = [null, ...libcNames(process.arch)].find((each) => {
    try {
      return open(each, 'socketpair', 'int32', []);
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_ACCESS_DENIED') throw error;
      return false;
    }
  });
  if (library === undefined) throw new Error('no libc found');
  const errnoAt: bigint = open(library, '__errno_location', 'pointer', [])();
  const func = (name: string, ...kinds: ArgKind[]): CFunction => {
    const call = open(
      library,
      name,
      'int32',
      kinds.map((kind) => C_TYPE[kind]),
    );
    return (...args) => call(...args.map((value, i) => fit(kinds[i]!, value)));
  };
  return {
    func,
    word: (value) => BigInt(value),
    errno: () => ffi.getInt32(errnoAt),
    address: (buffer) => Number(ffi.getRawPointer(new Uint8Array(buffer))),
  };
}

function becomeHelper(options: HelperOptions): HelperProgram {
  const program = becomeByFs(options);
  for (const signal of Object.keys(options.ignored)) process.on(`SIG${signal}`, () => undefined);
  return program;
}

export const nodeffi: Runtime = {
  isHere: getFfi() !== undefined,
  openLibc,
  explain: ({ code, message }) =>
    code === 'ERR_ACCESS_DENIED'
      ? { code: 'EACCES', why: 'Node keeps this program from calling libc: run it with --allow-ffi' }
      : { code: 'ENOSYS', why: message },
  openSources: (_, byThread) => byThread(),
  afterTold: soon,
  catchStray: () => () => undefined,
  isStrayLate: false,
  threads: {
    // What its threads say is heard in no AsyncLocalStorage's context.
    start: (...args) => outside!.runInAsyncScope(startWorker, undefined, ...args),
    hint: () => undefined,
    openLibc,
    // A thread that is in a call of C can't be ended.
    sliceMs: 200,
    threadFds: 8,
    isJoining: true,
    isErrorLast: true,
  },
  version: () => process.version,
  packedBy: () => undefined,
  alone: [],
  programArgs: () => process.execArgv,
  variables: /^(?:NODE_|OPENSSL_CONF$)/,
  whyHidden: () => undefined,
  helperCommand: (program, args) => [process.execPath, '-e', program, '--', ...args],
  helperEnv: () => ({ OPENSSL_CONF: '/dev/null' }),
  becomeHelper,
};

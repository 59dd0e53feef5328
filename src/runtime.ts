// SPDX-License-Identifier: LGPL-2.1-or-later

// Which runtime this is, and what it lets a program do. Asked at the first use and not at import, so that importing vpoll costs
// nothing, needs no native code, and works where vpoll itself can't (macOS, Windows, browsers).

import { openLibc as openByBun, type BunFfi } from '../host/bun.js';
import { openLibc as openByDeno, type DenoFfi } from '../host/deno.js';
import type { Ffi } from '../host/ffi.js';
import { openLibc as openByKoffi, type Koffi } from '../host/node.js';
import { VPollError } from './errors.js';

/** What this file uses of Deno beyond its FFI. */
interface Deno extends DenoFfi {
  build: { standalone?: boolean };
  permissions: { querySync(what: { name: 'env'; variable: string }): { state: string } };
}

/** The global object as it may be elsewhere: a browser has no process, and only Deno has a Deno. */
const runtime = globalThis as unknown as { process?: NodeJS.Process; Deno?: Deno };

/** The error of a runtime or machine on which there are no vpolls. */
export function unusable(code: 'ENOSYS' | 'EACCES', why: string, cause?: unknown, syscall = 'vpoll_create'): VPollError {
  const error = new VPollError(code, syscall, why);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** require(), from this file or, in a CommonJS bundle (which has no import.meta.url), from the bundle. */
function requireHere(): NodeJS.Require {
  const { createRequire } = process.getBuiltinModule('node:module');
  // The working directory is asked for at last: it may have been removed.
  return createRequire(import.meta.url || (typeof __filename === 'string' ? __filename : `${process.cwd()}/`));
}

export function loadKoffi(): Koffi {
  return requireHere()('koffi') as Koffi;
}

/** The file that koffi is loaded from, for a thread whose program is a text. */
export function whereKoffi(): string {
  return requireHere().resolve('koffi');
}

function open(arch: string): Ffi {
  // By a call and not by an import: no bundler sees it, and no other runtime stumbles over the name.
  if (process.versions.bun) return openByBun(process.getBuiltinModule('bun:ffi') as unknown as BunFfi, arch);
  if (process.versions.deno) return openByDeno(runtime.Deno!, arch);
  return openByKoffi(loadKoffi(), arch);
}

/** What a runtime that was told to keep native code out wants to hear, by the name or code of its refusal. */
const PERMISSIONS: Record<string, string> = {
  NotCapable: 'Deno keeps this program from calling libc: run it with --allow-ffi',
  ERR_DLOPEN_DISABLED: 'Node keeps this program from loading koffi: run it with --allow-addons or without its permission model',
};

const KOFFI =
  'Node calls libc by the package koffi, which must lie beside this program, a bundle too, with its native part: npm install koffi (docs/runtimes.md, Bundles)';

/** What to do about an error that came while native code was loaded: the package may not be there, or have been copied without its native part. */
function wayOut({ code, message }: Error & { code?: string }): string {
  const isKoffi = code === 'MODULE_NOT_FOUND' || /native koffi/i.test(message);
  return isKoffi ? `${message.split('\n', 1)[0]!}: ${KOFFI}` : message;
}

/** libc, as this runtime reaches it. Throws ENOSYS where vpoll can't run, EACCES where the runtime forbids it. */
export function openLibc(syscall = 'vpoll_create'): Ffi {
  const platform = runtime.process?.platform ?? 'a runtime without processes';
  if (platform !== 'linux') {
    const why = `real descriptors need Linux and this is ${platform}; the simulation (vpoll/sim) runs anywhere`;
    throw unusable('ENOSYS', why, undefined, syscall);
  }
  try {
    return open(process.arch);
  } catch (error) {
    const { name, code } = error as Error & { code?: string };
    const permission = PERMISSIONS[code ?? name];
    throw permission
      ? unusable('EACCES', permission, error, syscall)
      : unusable('ENOSYS', wayOut(error as Error), error, syscall);
  }
}

/** What those programs that carry their runtime within them leave in `process.versions` or `process`. */
const PACKERS: readonly (readonly [where: 'versions' | 'process', mark: string, name: string])[] = [
  ['versions', 'electron', 'an Electron application'],
  ['versions', 'nw', 'an NW.js application'],
  ['process', 'pkg', 'a program made by pkg'],
  ['process', '__nexe', 'a program made by nexe'],
];

/** What this program is if it is no plain runtime and says so. What Bun has compiled isn't named: it is a runtime where BUN_BE_BUN asks for one. */
export function packedBy(): string | undefined {
  if (runtime.Deno?.build.standalone) return 'a program made by deno compile';
  const sea = process.getBuiltinModule('node:sea') as { isSea(): boolean } | undefined;
  if (sea?.isSea()) return 'a single-executable application of Node';
  return PACKERS.find(([where, mark]) => mark in (where === 'process' ? process : process.versions))?.[2];
}

/** What this runtime's program answers to `--version`; Deno says more after it. */
export function versionWord(): string {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  return deno ? `deno ${deno}` : (bun ?? process.version);
}

/** Whether this is a process's main thread and no Worker. */
export function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** A variable of the environment. One that Deno keeps from the program (--allow-env) counts as not set; `mayRead` tells the difference. */
export function environment(name: string): string | undefined {
  return mayRead(name) ? runtime.process?.env[name] : undefined;
}

/** Whether the program may look at a variable of the environment. */
export function mayRead(name: string): boolean {
  return (runtime.Deno?.permissions.querySync({ name: 'env', variable: name }).state ?? 'granted') === 'granted';
}

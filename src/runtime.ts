// SPDX-License-Identifier: LGPL-2.1-or-later

// Which runtime this is, and what it lets a program do. Asked at the first use and not at import. So importing vpoll costs
// nothing, needs no native code, and works where vpoll itself can't (macOS, Windows, browsers).

import { bun } from '../host/bun.js';
import { deno } from '../host/deno.js';
import { makeOnce, type Ffi } from '../host/ffi.js';
import { node } from '../host/node.js';
import type { Runtime } from '../host/runtime.js';
import { VPollError } from './errors.js';

// A line for each, and the first that is here. No list: of each, all would be kept then for programs that use little of one (src/helper).
// prettier-ignore
export const here: Runtime =
  deno.isHere ? deno :
  bun.isHere ? bun :
  node;

/** A browser has no process. */
function getProcess(): NodeJS.Process | undefined {
  return (globalThis as { process?: NodeJS.Process }).process;
}

/** The error of a runtime or machine on which there are no vpolls. */
export function unusable(code: 'ENOSYS' | 'EACCES', why: string, cause?: unknown, syscall = 'vpoll_create'): VPollError {
  const error = new VPollError(code, syscall, why);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** This thread's, once it was opened. */
let libc: Ffi | undefined;

/** libc, as this runtime reaches it. Throws ENOSYS where vpoll can't run, EACCES where the runtime forbids it. */
export function openLibc(syscall = 'vpoll_create'): Ffi {
  const platform = getProcess()?.platform ?? 'a runtime without processes';
  if (platform !== 'linux') {
    const why = `real descriptors need Linux and this is ${platform}; the simulation (vpoll/sim) runs anywhere`;
    throw unusable('ENOSYS', why, undefined, syscall);
  }
  try {
    return (libc ??= makeOnce(here.openLibc()));
  } catch (error) {
    const { code, why } = here.explain(error as Error);
    throw unusable(code, why, error, syscall);
  }
}

/** What those programs that carry their runtime within them leave in `process.versions` or `process`. */
const PACKERS: readonly (readonly [where: 'versions' | 'process', mark: string, name: string])[] = [
  ['versions', 'electron', 'an Electron application'],
  ['versions', 'nw', 'an NW.js application'],
  ['process', 'pkg', 'a program made by pkg'],
  ['process', '__nexe', 'a program made by nexe'],
];

/** What this program is if it is no plain runtime and says so. */
export function packedBy(): string | undefined {
  return here.packedBy() ?? PACKERS.find(([where, mark]) => mark in (where === 'process' ? process : process.versions))?.[2];
}

/** Whether this is a process's main thread and no Worker. */
export function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** A variable of the environment. One that is kept from the program counts as not set; {@link Runtime.whyHidden} tells the difference. */
export function environment(name: string): string | undefined {
  return here.whyHidden(name) === undefined ? getProcess()?.env[name] : undefined;
}

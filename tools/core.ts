// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { compile, type Edit, optimise, withoutAssertions, wrap } from './asc.js';

/** The budget of the core. A core that needs more has taken on something that belongs above the boundary. */
const CORE_BYTES_MAX = 14336;
/** The budget of the FUSE server: each helper in a runtime is handed it in its command line. */
const FUSE_BYTES_MAX = 3584;

/** The budget of the digest by which a helper is known again. */
const SHA256_BYTES_MAX = 1024;

/**
 * Optimised once more, with every function that has one caller inlined into it: asc's own passes stop short of that. It saves bytes, and
 * a ctl 3 % of its time.
 */
const INLINING = [
  ...['mvp-features', 'enable-mutable-globals', 'enable-sign-ext', 'enable-bulk-memory', 'enable-bulk-memory-opt'].map(
    (name) => `--${name}`,
  ),
  ...['--always-inline-max-function-size', '2', '--one-caller-inline-max-function-size', '1000'],
  ...['--flexible-inline-max-function-size', '0'],
  // Each pass makes more functions small or unique enough for the next one.
  ...['-Oz', '-Oz', '-Oz'],
];

/** What is made of assembly/, but for the simulated kernel: a module, what it is compiled from, and its budget. */
const MODULES = {
  core: { entry: 'assembly/index.ts', bytesMax: CORE_BYTES_MAX },
  fuse: { entry: 'assembly/fuse/index.ts', bytesMax: FUSE_BYTES_MAX },
  sha256: { entry: 'assembly/sha256/index.ts', bytesMax: SHA256_BYTES_MAX },
} as const;

export type ModuleName = keyof typeof MODULES;

/** Compiles a module into the file `wasm`: as it is shipped, or plainly, in a fifth of the time. */
export async function compileModule(root: string, name: ModuleName, wasm: string, isOptimised: boolean): Promise<void> {
  const { entry } = MODULES[name];
  const level = isOptimised ? ['-O3', '--shrinkLevel', '1'] : ['-O1'];
  await compile(root, entry, wasm, [...level, '--noAssert', '--use', 'abort='], (_, text) => withoutAssertions(text));
  if (isOptimised) await optimise(wasm, INLINING);
}

/**
 * The core with its assertions on, into the file `wasm`: what test/core runs under Node. One that fails calls `env.abort` with where it stands
 * (test/tested-core.ts).
 */
export function compileChecked(root: string, wasm: string, edit?: Edit): Promise<void> {
  return compile(root, MODULES.core.entry, wasm, ['-O1'], edit);
}

/** A module in `out`, and wrapped there. Returns its size in bytes. */
export async function buildModule(root: string, out: string, name: ModuleName, isOptimised: boolean): Promise<number> {
  const wasm = join(out, `${name}.wasm`);
  await compileModule(root, name, wasm, isOptimised);
  const size = await wrap(wasm);
  const { bytesMax } = MODULES[name];
  if (isOptimised && size > bytesMax) throw new Error(`build/${name}.wasm is ${size} bytes; its budget is ${bytesMax}`);
  return size;
}

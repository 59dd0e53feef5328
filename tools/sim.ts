// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARENA_END } from '../src/sim/numbers.js';
import { compile, type Edit, withoutAssertions, wrap } from './asc.js';

/** Compiles a module that the simulated kernel is part of to `wasm`. The core in it asks the simulated kernel, not a host. */
async function compileModule(root: string, entry: string, wasm: string, isOptimised: boolean, edit?: Edit): Promise<void> {
  const options = [isOptimised ? '-O3' : '-O1', '--noAssert', '--use', 'abort=', '--memoryBase', String(ARENA_END)];
  await compile(root, entry, wasm, options, (name, text) => {
    if (name === 'assembly/sys.ts') return "export * from './sim/sys';\n";
    return withoutAssertions(edit ? edit(name, text) : text);
  });
}

/** Compiles assembly/sim/, with the core in it and with what `edit` makes of the sources, to `wasm`. */
export async function compileSim(root: string, wasm: string, edit: Edit): Promise<Buffer> {
  await compileModule(root, 'assembly/sim/index.ts', wasm, true, edit);
  return readFile(wasm);
}

/** An entry of assembly/ to `name` in `out`, and wrapped there. Returns its size in bytes. */
async function buildModule(root: string, out: string, entry: string, name: string, isOptimised: boolean): Promise<number> {
  const wasm = join(out, name);
  await compileModule(root, entry, wasm, isOptimised);
  return wrap(wasm);
}

/** assembly/sim/, with the core in it, to sim.wasm in `out`. */
export function buildSim(root: string, out: string, isOptimised: boolean): Promise<number> {
  return buildModule(root, out, 'assembly/sim/index.ts', 'sim.wasm', isOptimised);
}

/** The same kernel behind a scenario, as a WASI command: vpoll-sim.wasm. */
export function buildCommand(root: string, out: string, isOptimised: boolean): Promise<number> {
  return buildModule(root, out, 'assembly/wasi/index.ts', 'vpoll-sim.wasm', isOptimised);
}

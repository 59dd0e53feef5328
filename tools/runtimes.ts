// SPDX-License-Identifier: LGPL-2.1-or-later

// The runtimes that vpoll runs on, and how each starts a TypeScript file. Bun and Deno are dev dependencies: their programs come from
// the npm packages of this platform, and no install script is needed.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RUNTIMES = ['node', 'bun', 'deno'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

export interface StartOptions {
  /** The program can force a garbage collection (test/support/runtime.ts). */
  gc?: boolean;
  /** A young generation as small as the engine can have it: objects are collected and moved often. */
  smallHeap?: boolean;
}

/** The runtime that runs this code. */
export const current: RuntimeName = process.versions.bun ? 'bun' : process.versions.deno ? 'deno' : 'node';

/** Where npm has put the packages. */
export const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch;

/** Where npm puts the program: into the package of this platform. Bun's install script, where it may run, moves it from there. */
const PROGRAMS: Record<'bun' | 'deno', string[]> = {
  bun: [`@oven/bun-linux-${bunArch}/bin/bun`, `@oven/bun-linux-${bunArch}-musl/bin/bun`, 'bun/bin/bun.exe'],
  deno: [`@deno/linux-${process.arch}-glibc/deno`],
};

/** The path of a runtime's program. Throws where it isn't installed. */
export function programOf(runtime: RuntimeName): string {
  if (runtime === current) return process.execPath;
  if (runtime === 'node') return 'node';
  const places = PROGRAMS[runtime].map((place) => join(modules, place));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`${runtime} is not installed: run npm ci (looked for ${places.join(', ')})`);
  return found;
}

/** By which Node loads TypeScript. As a URL, for whichever folder the program is started in. */
const TYPESCRIPT = new URL('typescript.mjs', import.meta.url).href;

/** What stands between a runtime's program and the TypeScript file that it is to run. */
export function argsOf(runtime: RuntimeName, { gc = false, smallHeap = false }: StartOptions = {}): string[] {
  const flags = [...(gc ? ['--expose-gc'] : []), ...(smallHeap ? ['--max-semi-space-size=1'] : [])];
  switch (runtime) {
    case 'node':
      return [...flags, '--import', TYPESCRIPT];
    case 'bun':
      // It can always collect, and its engine has no young generation of a fixed size.
      return [];
    case 'deno':
      // Sources name each other as what they will be: './x.js' stands for './x.ts'.
      return ['run', '--allow-all', '--unstable-sloppy-imports', ...(flags.length ? [`--v8-flags=${flags.join(',')}`] : [])];
  }
}

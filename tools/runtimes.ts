// SPDX-License-Identifier: LGPL-2.1-or-later

// The runtimes that vpoll runs on, and how each starts a TypeScript file. Bun and Deno are dev dependencies: their programs come from
// the npm packages of this platform, and no install script is needed.

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const RUNTIMES = ['node', 'bun', 'deno'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

export interface StartOptions {
  /** The program can force a garbage collection (test/support/runtime.ts). */
  gc?: boolean;
  /** A young generation as small as the engine can have it: objects are collected and moved often. */
  smallHeap?: boolean;
  /** What is built for Node (tools/programs.ts) is known to be newer than the sources. Default: where this process is one of them. */
  mayBeBuilt?: boolean;
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

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the programs of the tests are that are built for Node (tools/programs.ts). */
export const programs = join(root, 'build/programs');

/** What is built of a TypeScript file for Node; undefined where it is no program of the tests. */
export function builtOf(file: string): string | undefined {
  const path = join(programs, relative(root, resolve(file)).replace(/\.ts$/, '.js'));
  return file.endsWith('.ts') && existsSync(path) ? path : undefined;
}

/** This process is one of them. What a loader has started instead starts others by one, so that none of them is older than its source. */
const isBuilt = process.argv[1]?.startsWith(programs) ?? false;

/** By tsx, or as a program that was built, which takes a third of the time. */
function forNode(file: string, mayBeBuilt: boolean): string[] {
  if (!/\.m?ts$/.test(file)) return [file];
  const built = mayBeBuilt ? builtOf(file) : undefined;
  return built ? ['--enable-source-maps', built] : ['--import', import.meta.resolve('tsx'), file];
}

/** A module of TypeScript whose name is known only when the program runs: by tsx, where that program was built. */
export async function importSource(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  if (!isBuilt) return import(url);
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(url, import.meta.url);
}

/** What stands between a runtime's program and the arguments of a TypeScript file that it is to run. `mayBeBuilt`: what is built for Node is not older than the sources. */
export function argsOf(
  runtime: RuntimeName,
  file: string,
  { gc = false, smallHeap = false, mayBeBuilt = isBuilt }: StartOptions = {},
): string[] {
  const flags = [...(gc ? ['--expose-gc'] : []), ...(smallHeap ? ['--max-semi-space-size=1'] : [])];
  switch (runtime) {
    case 'node':
      return [...flags, ...forNode(file, mayBeBuilt)];
    case 'bun':
      // It can always collect, and its engine has no young generation of a fixed size.
      return [file];
    case 'deno': {
      const v8 = flags.length > 0 ? [`--v8-flags=${flags.join(',')}`] : [];
      // Sources name each other as what they will be: './x.js' stands for './x.ts'.
      return ['run', '--allow-all', '--unstable-sloppy-imports', ...v8, file];
    }
  }
}

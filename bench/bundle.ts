// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../tools/build.js';

/** This folder. */
export const folder = join(root, 'bench');

/** Inside the package, so that `import 'vpoll'` finds the package itself, as built. Not shipped: `files` names no folder. */
const scripts = join(root, 'build/bench');

/** One of the programs, once it is bundled. */
export function scriptOf(name: 'receiver' | 'loaded'): string {
  return join(scripts, `${name}.js`);
}

/** Bundles the measuring processes, and returns the path of the script of measure.ts, which says what it is told. */
export async function bundle(): Promise<string> {
  await build({
    entryPoints: ['measure', 'child', 'receiver', 'loaded'].map((name) => join(folder, `${name}.ts`)),
    outdir: scripts,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
  });
  return join(scripts, 'measure.js');
}

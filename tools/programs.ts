// SPDX-License-Identifier: LGPL-2.1-or-later

// The programs of the tests for Node, which loads no TypeScript itself: each becomes one file below build/programs. That starts in a third of the time that a loader takes
// (docs/decisions/021-how-the-tests-load-typescript.md). Programs are the test files, and what they start: what no other file imports.

import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { programs } from './runtimes.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs outside of test/ that tests start. */
const OTHERS = ['src/cli/index.ts', 'tools/lane.ts', 'tools/test.ts'];

/** Of test/vm, what boots guests starts no program of these; of test/project/added, scratch copies take the text; the guest of a scenario is AssemblyScript. */
const NONE = /^test\/(?:vm\/(?!.*\.test\.ts$)|project\/added\/|scenario\/support\/guest\/)/;

/** What a TypeScript file imports of this repository, but for types. */
function importsOf(file: string, text: string): string[] {
  const named = text.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?['"](\.[^'"]+)\.js['"]|\bimport\(['"](\.[^'"]+)\.js['"]\)/gm);
  return [...named].map(([, from, later]) => join(dirname(file), `${(from ?? later)!}.ts`));
}

/** The programs of test/: what nobody imports. */
async function programsOfTests(): Promise<string[]> {
  const names = await readdir(join(root, 'test'), { recursive: true });
  const files = names.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => join('test', name));
  const imported = new Set<string>();
  for (const file of files) for (const name of importsOf(file, await readFile(join(root, file), 'utf8'))) imported.add(name);
  return files.filter((file) => !imported.has(file) && !NONE.test(file));
}

/** A module goes on saying where its source is: what a test finds beside itself is there. */
const ofSources: Plugin = {
  name: 'import.meta of the sources',
  setup(build) {
    build.onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const define = {
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
        'import.meta.filename': JSON.stringify(path),
        'import.meta.dirname': JSON.stringify(dirname(path)),
      };
      const options = { define, loader: path.endsWith('.ts') ? 'ts' : 'js', sourcefile: path, sourcemap: 'inline' } as const;
      const { code } = await build.esbuild.transform(text, { ...options, sourcesContent: false, target: 'node20' });
      return { contents: code, loader: 'js' };
    });
  },
};

/** Builds them all; says how many. */
export async function buildPrograms(): Promise<string> {
  const { build } = await import('esbuild');
  const entryPoints = [...(await programsOfTests()), ...OTHERS];
  await rm(programs, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: programs,
    outbase: root,
    ...{ bundle: true, packages: 'external', external: ['bun:*'], plugins: [ofSources] },
    ...{ format: 'esm', platform: 'node', target: 'node20' },
    // For a stack's lines.
    ...{ sourcemap: 'linked', sourcesContent: false },
    logLevel: 'warning',
  });
  return `${entryPoints.length} programs of the tests`;
}

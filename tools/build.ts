// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Builds what is shipped: the core (assembly/ -> build/core.wasm and its ES module) and the bundles (src/ -> build/*.js, *.d.ts).
 *
 *     tools/build.ts              build everything
 *     tools/build.ts --if-stale   only the parts whose sources are newer than they are
 *     tools/build.ts --clean      remove what was built
 */

import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build');

/** What is built together, in order. */
interface Part {
  readonly name: string;
  /** All that it depends on, but for the parts before it. */
  readonly inputs: readonly string[];
  /** Says what came of it. The compilers are loaded only here: they take seconds and more memory than a small guest has, and most runs find nothing to build. */
  readonly build: () => Promise<string>;
}

const parts: readonly Part[] = [
  {
    name: 'core',
    inputs: ['assembly', 'tools/core.ts'],
    build: async () => `core.wasm ${await (await import('./core.js')).buildCore(root, out)} bytes`,
  },
  {
    name: 'sim',
    inputs: ['assembly', 'tools/sim.ts'],
    build: async () => {
      const { buildCommand, buildSim } = await import('./sim.js');
      return `sim.wasm ${await buildSim(root, out)} bytes, vpoll-sim.wasm ${await buildCommand(root, out)} bytes`;
    },
  },
  {
    name: 'bundles',
    inputs: ['host', 'src', 'examples/scenarios', 'package.json', 'tools/build.ts', 'tools/bundle.ts', 'tools/playground.ts'],
    build: async () => {
      const [{ buildBundles, buildHelper }, { buildPlayground }] = await Promise.all([
        import('./bundle.js'),
        import('./playground.js'),
      ]);
      await buildHelper(root, out);
      await buildBundles(root, out);
      await buildPlayground(root, out);
      await chmod(join(out, 'cli.js'), 0o755);
      return `index.js ${(await readFile(join(out, 'index.js'), 'utf8')).split('\n').length} lines`;
    },
  },
];

/** Written when a part is complete, so that a build that was interrupted counts as stale. */
function stampOf({ name }: Part): string {
  return join(out, `.stamp-${name}`);
}

/** C, which nothing here is built from. */
const c = join(root, 'host/c');

async function modifiedMsNewest(path: string): Promise<number> {
  if (path === c) return 0;
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  // The folder's own time is part of it: a file that was removed changes nothing else.
  const inside = await Promise.all((await readdir(path)).map((name) => modifiedMsNewest(join(path, name))));
  return Math.max(info.mtimeMs, ...inside);
}

async function isStale(part: Part): Promise<boolean> {
  const built = await stat(stampOf(part)).catch(() => undefined);
  if (!built) return true;
  const times = await Promise.all(part.inputs.map((name) => modifiedMsNewest(join(root, name))));
  return Math.max(...times) > built.mtimeMs;
}

async function clean(...kept: string[]): Promise<void> {
  for (const name of await readdir(out)) {
    if (name !== '.gitignore' && !kept.includes(name)) await rm(join(out, name), { recursive: true });
  }
}

async function build(stale: readonly Part[]): Promise<void> {
  const started = performance.now();
  for (const part of stale) await rm(stampOf(part), { force: true });
  const said: string[] = [];
  for (const part of stale) {
    said.push(await part.build());
    await writeFile(stampOf(part), '');
  }
  console.log(`${said.join(', ')}, ${Math.round(performance.now() - started)} ms`);
}

async function buildAll(): Promise<void> {
  // The C library and its packages, which tests build there, know by themselves what is stale.
  await clean('c', 'deb');
  await build(parts);
}

/** Builds what is older than its sources, and what is made of that: tests of the package must never see yesterday's. */
export async function buildIfStale(): Promise<void> {
  const stale = await Promise.all(parts.map(isStale));
  const last = parts.length - 1;
  const wanted = parts.filter((_, i) => stale[i] || (i === last && stale.includes(true)));
  if (wanted.length > 0) await build(wanted);
}

async function main(option: string | undefined): Promise<void> {
  if (option === undefined) await buildAll();
  else if (option === '--if-stale') await buildIfStale();
  else if (option === '--clean') await clean();
  else throw new Error(`tools/build.ts: no option ${option}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2]);

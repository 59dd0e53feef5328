// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Builds what is shipped: the core (assembly/ -> build/core.wasm and its ES module) and the bundles (src/ -> build/*.js, *.d.ts).
 *
 *     tools/build.ts              build everything
 *     tools/build.ts --if-stale   only when a source is newer than the last complete build
 *     tools/build.ts --clean      remove what was built
 */

import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build');

/** Written last, so that a build that was interrupted counts as stale. */
const stamp = join(out, '.stamp');

/** Everything that the outputs depend on. */
const inputs = [
  ...['assembly', 'host', 'src', 'examples/scenarios', 'package.json'],
  ...['build', 'bundle', 'core', 'playground', 'sim'].map((name) => `tools/${name}.ts`),
];

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

async function isStale(): Promise<boolean> {
  const built = await stat(stamp).catch(() => undefined);
  if (!built) return true;
  const times = await Promise.all(inputs.map((name) => modifiedMsNewest(join(root, name))));
  return Math.max(...times) > built.mtimeMs;
}

async function clean(...kept: string[]): Promise<void> {
  for (const name of await readdir(out)) {
    if (name !== '.gitignore' && !kept.includes(name)) await rm(join(out, name), { recursive: true });
  }
}

async function build(): Promise<void> {
  const started = performance.now();
  // Only now: the compilers take seconds to load and more memory than a small guest has, and most runs find nothing to build.
  const [{ buildCore }, { buildCommand, buildSim }, { buildBundles, buildHelper }, { buildPlayground }] = await Promise.all([
    import('./core.js'),
    import('./sim.js'),
    import('./bundle.js'),
    import('./playground.js'),
  ]);
  // The C library and its packages, which tests build there, know by themselves what is stale.
  await clean('c', 'deb');
  const bytes = await buildCore(root, out);
  const simBytes = await buildSim(root, out);
  const commandBytes = await buildCommand(root, out);
  await buildHelper(root, out);
  await buildBundles(root, out);
  await buildPlayground(root, out);
  await chmod(join(out, 'cli.js'), 0o755);
  await writeFile(stamp, '');
  const lines = (await readFile(join(out, 'index.js'), 'utf8')).split('\n').length;
  console.log(
    `core.wasm ${bytes} bytes, sim.wasm ${simBytes} bytes, vpoll-sim.wasm ${commandBytes} bytes, index.js ${lines} lines, ${Math.round(performance.now() - started)} ms`,
  );
}

/** Builds when a source changed since the last build: tests of the package must never see yesterday's. */
export async function buildIfStale(): Promise<void> {
  if (await isStale()) await build();
}

async function main(option: string | undefined): Promise<void> {
  if (option === undefined) await build();
  else if (option === '--if-stale') await buildIfStale();
  else if (option === '--clean') await clean();
  else throw new Error(`tools/build.ts: no option ${option}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2]);

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Builds what is shipped. Of assembly/ it makes build/*.wasm and their ES modules: the core, the FUSE server and the simulated kernel. Of host/c/helper it makes the native
 * helper, of src/ the bundles (build/*.js, *.d.ts) and the playground.
 *
 *     tools/build.ts               build everything
 *     tools/build.ts --if-stale    only the parts whose sources are newer than they are
 *     tools/build.ts --optimised   as it is shipped, which takes the compilers three times as long; also where CI is set
 *     tools/build.ts --if-stale --for-tests   and the builds of the core that its tests run
 *     tools/build.ts --all-helpers   the native helper for every architecture that there is a compiler for, as --optimised does; else for this machine's alone
 *     tools/build.ts --clean       remove what was built
 */

import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

export const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build');

/** How a part is made. */
interface How {
  readonly isOptimised: boolean;
  /** Whether the native helper is made for all architectures. */
  readonly isForAll: boolean;
}

/** What is built together, in order. */
interface Part {
  readonly name: string;
  /** All that it depends on, but for the parts before it. */
  readonly inputs: readonly string[];
  /** Whether it is made in two ways. */
  readonly isCompiled: boolean;
  /** It names files by their absolute paths, so one that came with a copy of the tree is stale there. */
  readonly isOfPlace?: boolean;
  /** Prints the outcome. The compilers are loaded only here: they take seconds and more memory than a small guest has, and most runs find nothing to build. */
  readonly build: (how: How) => Promise<string>;
}

const parts: readonly Part[] = [
  {
    name: 'core',
    inputs: ['assembly', 'tools/asc.ts', 'tools/core.ts'],
    isCompiled: true,
    build: async ({ isOptimised }) => {
      const { buildModule } = await import('./core.js');
      const names = ['core', 'fuse', 'sha256'] as const;
      const sizes = await Promise.all(names.map((name) => buildModule(root, out, name, isOptimised)));
      return names.map((name, index) => `${name}.wasm ${sizes[index]} bytes`).join(', ');
    },
  },
  {
    name: 'sim',
    inputs: ['assembly', 'src/sim/numbers.ts', 'tools/asc.ts', 'tools/sim.ts'],
    isCompiled: true,
    build: async ({ isOptimised }) => {
      const { buildCommand, buildSim } = await import('./sim.js');
      const [sim, command] = await Promise.all([buildSim(root, out, isOptimised), buildCommand(root, out, isOptimised)]);
      return `sim.wasm ${sim} bytes, vpoll-sim.wasm ${command} bytes`;
    },
  },
  {
    name: 'native',
    inputs: ['host/c/helper', 'host/c/core', 'host/c/kernel.h', 'tools/native.ts'],
    isCompiled: false,
    build: async ({ isForAll }) => {
      const { buildNative } = await import('./native.js');
      return buildNative(root, out, { isForAll, mustHaveAll: isForCi });
    },
  },
  {
    name: 'bundles',
    inputs: [
      ...['host', 'src', 'examples/scenarios', 'package.json', 'assembly/scenario/vocabulary.ts', 'docs/scenarios.md'],
      ...['tools/build.ts', 'tools/bundle.ts', 'tools/playground.ts'],
    ],
    isCompiled: false,
    build: async () => {
      const [{ buildBundles, buildTexts }, { buildPlayground }] = await Promise.all([
        import('./bundle.js'),
        import('./playground.js'),
      ]);
      await buildTexts(root, out);
      await buildBundles(root, out);
      await buildPlayground(root, out);
      await chmod(join(out, 'cli.js'), 0o755);
      return `index.js ${(await readFile(join(out, 'index.js'), 'utf8')).split('\n').length} lines`;
    },
  },
];

/** What the tests alone need. */
const forTests: readonly Part[] = [
  {
    // With its assertions on, and the plain one, whichever of the two core.wasm is.
    name: 'core-for-tests',
    inputs: ['assembly', 'tools/asc.ts', 'tools/core.ts'],
    isCompiled: false,
    build: async () => {
      const { compileChecked, compileModule } = await import('./core.js');
      await Promise.all([
        compileChecked(root, join(out, 'core-checked.wasm')),
        compileModule(root, 'core', join(out, 'core-plain.wasm'), false),
      ]);
      return 'core-checked.wasm, core-plain.wasm';
    },
  },
  {
    // They hold what the parts before have made, too.
    name: 'programs',
    inputs: ['bench', 'examples', 'host', 'src', 'test', 'tools', 'build/.stamp-bundles'],
    isCompiled: false,
    isOfPlace: true,
    build: async () => {
      const { buildPrograms } = await import('./programs.js');
      return buildPrograms();
    },
  },
];

/** Written when a part is complete, so that a build that was interrupted counts as stale; says how the part was made. */
function stampOf({ name }: Part): string {
  return join(out, `.stamp-${name}`);
}

/** In CI; a guest of test/vm runs what its host has built, and can build nothing. */
const isForCi = Boolean(process.env.CI) && process.env.VPOLL_GUEST === undefined;

const OPTIMISED = 'optimised';
const FOR_ALL = ', for all';
const PLAIN = 'plain';

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

/** Whether it is missing, older than its sources, or plain where it is to be optimised. */
async function isStale(part: Part, { isOptimised, isForAll }: How): Promise<boolean> {
  const built = await stat(stampOf(part)).catch(() => undefined);
  if (!built) return true;
  if (part.isOfPlace && !(await readFile(stampOf(part), 'utf8')).endsWith(root)) return true;
  if (isForAll && part.name === 'native' && !(await readFile(stampOf(part), 'utf8')).includes(FOR_ALL)) return true;
  if (isOptimised && part.isCompiled && (await readFile(stampOf(part), 'utf8')) !== OPTIMISED) return true;
  const times = await Promise.all(part.inputs.map((name) => modifiedMsNewest(join(root, name))));
  return Math.max(...times) > built.mtimeMs;
}

async function clean(...kept: string[]): Promise<void> {
  for (const name of await readdir(out)) {
    if (name !== '.gitignore' && !kept.includes(name)) await rm(join(out, name), { recursive: true });
  }
}

async function build(stale: readonly Part[], how: How): Promise<void> {
  const started = performance.now();
  const { isOptimised } = how;
  const kind = isOptimised ? OPTIMISED : PLAIN;
  if (stale.some(({ isCompiled }) => isCompiled)) {
    console.log(
      isOptimised
        ? 'an optimised build, as it is shipped'
        : 'a plain build: quick to make, and it does the same (npm run build -- --optimised)',
    );
  }
  for (const part of stale) await rm(stampOf(part), { force: true });
  const said: string[] = [];
  for (const part of stale) {
    said.push(await part.build(how));
    await writeFile(
      stampOf(part),
      (part.name === 'native' && how.isForAll ? kind + FOR_ALL : kind) + (part.isOfPlace ? ` ${root}` : ''),
    );
  }
  console.log(`${said.join(', ')}, ${Math.round(performance.now() - started)} ms`);
}

async function buildAll(how: How): Promise<void> {
  // The C library and its packages, which tests build there, know by themselves what is stale.
  await clean('c', 'deb');
  await build(parts, how);
}

/**
 * Builds what is older than its sources, and what is made of that: tests of the package must never see yesterday's. Without `isOptimised` what
 * is there may be of either kind. `isForTests`: what they alone need too.
 */
export async function buildIfStale(isOptimised = isForCi, isForTests = false, isForAll = isOptimised): Promise<void> {
  const how = { isOptimised, isForAll };
  const stale = await Promise.all(parts.map((part) => isStale(part, how)));
  const last = parts.length - 1;
  const wanted = parts.filter((_, i) => stale[i] || (i === last && stale.includes(true)));
  if (wanted.length > 0) await build(wanted, how);
  if (!isForTests) return;
  const more = await Promise.all(forTests.map((part) => isStale(part, how)));
  if (more.includes(true))
    await build(
      forTests.filter((_, i) => more[i]),
      how,
    );
}

async function main(args: string[]): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const options = { 'if-stale': flag, optimised: flag, 'for-tests': flag, 'all-helpers': flag, clean: flag };
  const { values } = parseArgs({ args, options });
  const isOptimised = values.optimised || isForCi;
  const isForAll = values['all-helpers'] || isOptimised;
  if (values.clean) await clean();
  else if (values['if-stale']) await buildIfStale(isOptimised, values['for-tests'], isForAll);
  else await buildAll({ isOptimised, isForAll });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));

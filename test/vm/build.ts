// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { lineNamed, mailsOf } from '../../tools/series.js';
import { isCover } from '../../tools/series/mail.js';
import { root } from '../support/run.js';
import { prepareArm64 } from './arm64.js';
import { cache, entry, lock } from './cache.js';
import { missingFrom } from './config.js';
import { keyOf } from './key.js';
import type { Built, Kernel, Prepared } from './kernels.js';
import { filesOf, keepAge, seed, writeAbout } from './seed.js';
import { run } from './shell.js';
import { sourceOf } from './source.js';
import { prepareStock } from './stock.js';

/** Changes whenever this file makes another thing of the same source, series and fragments. */
const RECIPE = '1';

/** The text of each patch of a line of linux_patch/, in their order. The cover letter changes no kernel: no key depends on it. */
function patchesIn(name: string): string[] {
  const mails = mailsOf(lineNamed(name));
  return mails.filter((mail) => !isCover(mail)).map(({ text }) => text);
}

/** The text of each patch of a kernel, in their order: what it needs to boot here, its series, and what comes after that. */
async function patchesOf({ series, fixes = [], further = [] }: Built): Promise<string[]> {
  const needed = fixes.map((name) => readFile(join(root, 'test/vm/configs', `${name}.patch`), 'utf8'));
  const lines = [...(series === undefined ? [] : [series]), ...further];
  return [...(await Promise.all(needed)), ...lines.flatMap(patchesIn)];
}

async function configsOf(kernel: Built): Promise<{ file: string; text: string }[]> {
  const files = kernel.configs.map((name) => join(root, 'test/vm/configs', `${name}.config`));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

async function configure(kernel: Built, source: string, log: string): Promise<void> {
  const make = (target: string): Promise<string> =>
    run('make', ['-s', ...makeArguments(kernel), 'O=build', target], { cwd: source, log });
  const fragments = await configsOf(kernel);
  await make('tinyconfig');
  const files = fragments.map(({ file }) => file);
  const merge = ['-m', '-O', 'build', 'build/.config', ...files];
  await run('scripts/kconfig/merge_config.sh', merge, { cwd: source, log });
  await make('olddefconfig');
  const config = await readFile(join(source, 'build/.config'), 'utf8');
  const texts = fragments.map(({ text }) => text);
  const missing = missingFrom(config, texts).filter((line) => !kernel.gone?.includes(line));
  if (missing.length > 0) throw new Error(`not in the configuration of ${kernel.name}: ${missing.join(', ')}`);
}

function makeArguments(kernel: Built): string[] {
  return [`ARCH=${kernel.machine === 'uml' ? 'um' : 'x86_64'}`];
}

async function build(kernel: Built, pristine: string, folder: string, base: string): Promise<void> {
  const log = join(folder, 'log');
  const source = join(folder, 'linux');
  const patches = await patchesOf(kernel);
  const about = { base, patched: filesOf(patches) };
  // Links: what patch(1) changes it writes anew, and objects go elsewhere.
  await run('cp', ['-al', pristine, source]);
  for (const text of patches) await run('patch', ['-s', '-p1', '--fuzz=0'], { cwd: source, input: text, log });
  const isSeeded = await seed(folder, about, pristine);
  console.log(`building ${kernel.name}${isSeeded ? ', from one that is like it' : ''}; log: ${log}`);
  await configure(kernel, source, log);
  if (isSeeded) await keepAge(source, makeArguments(kernel), log);
  const image = basename(kernel.image);
  const jobs = `-j${availableParallelism()}`;
  await run('make', ['-s', jobs, ...makeArguments(kernel), 'O=build', image, 'modules'], { cwd: source, log });
  await writeAbout(folder, about);
}

async function prepareBuilt(kernel: Built): Promise<Prepared<Built>> {
  const source = await sourceOf(kernel);
  const configs = await configsOf(kernel);
  const texts = configs.map(({ text }) => text);
  const base = keyOf([RECIPE, source.version, ...texts]);
  const folder = join(
    cache,
    'kernels',
    `${kernel.name}-${keyOf([RECIPE, source.version, ...(await patchesOf(kernel)), ...texts])}`,
  );
  await entry(folder, async () => {
    // Two builds side by side would take longer than one after the other.
    const release = await lock(join(cache, 'build.lock'), 'exclusive');
    const started = performance.now();
    try {
      await build(kernel, source.folder, folder, base);
    } finally {
      await release?.();
    }
    console.log(`built ${kernel.name} in ${Math.round((performance.now() - started) / 1000)} s`);
  });
  const tree = join(folder, 'linux/build');
  return {
    kernel,
    version: source.version,
    image: join(tree, kernel.image),
    tree,
    makeArguments: makeArguments(kernel),
    source: join(folder, 'linux'),
    modules: [],
  };
}

/** Gets, builds or unpacks what a kernel needs, or finds it in the cache. Throws Unavailable (apt.ts) when Debian can't be reached. */
export function prepare(kernel: Kernel): Promise<Prepared> {
  if (kernel.machine === 'virt') return prepareArm64(kernel);
  return kernel.machine === 'pc' ? prepareStock(kernel) : prepareBuilt(kernel);
}

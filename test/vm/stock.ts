// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { archive } from './apt.js';
import { cache, entry } from './cache.js';
import { keyOf } from './key.js';
import type { Prepared, Stock } from './kernels.js';
import { run } from './shell.js';

const RECIPE = '1';

/** Modules without which a guest doesn't see the host's files. */
const ROOT_MODULES = ['virtio_pci', '9pnet_virtio', '9p'];

/** Modules that suites may load in a guest, from the folder `modules`. */
const MORE_MODULES = ['fuse', 'vhost_net', 'kvm-amd'];

/** The files of some modules and of what they need, in the order in which they are loaded. */
async function withNeeds(modules: string[], image: string, version: string): Promise<string[]> {
  const files: string[] = [];
  for (const module of modules) {
    const shown = await run('modprobe', ['-d', image, '-S', version, '--show-depends', module]);
    for (const [, file] of shown.matchAll(/^insmod (\S+)/gm)) if (!files.includes(file!)) files.push(file!);
  }
  return files;
}

/** Unpacks a module into a folder, and returns its name there. */
async function takeModule(file: string, into: string): Promise<string> {
  await run('cp', [file, into]);
  const copy = join(into, basename(file));
  if (copy.endsWith('.xz')) await run('xz', ['-df', copy]);
  return basename(file, '.xz');
}

/** Keeps of an image what a guest boots with, and `more` of its modules; the rest, half a gigabyte, goes. */
export async function keepImage(image: string, version: string, folder: string, more: string[]): Promise<void> {
  await run('depmod', ['-b', image, version]);
  const modules = join(folder, 'modules');
  await mkdir(modules);
  for (const file of await withNeeds([...ROOT_MODULES, ...more], image, version)) await takeModule(file, modules);
  const order = (await withNeeds(ROOT_MODULES, image, version)).map((file) => basename(file, '.xz'));
  await writeFile(join(folder, 'order'), order.map((name) => `${name}\n`).join(''));
  await rename(join(image, 'boot', `vmlinuz-${version}`), join(folder, 'vmlinuz'));
}

/** Headers say where they lie: below /usr, where these are not. */
async function mendHeaders(headers: string, version: string): Promise<void> {
  const tree = join(headers, 'usr/src', `linux-headers-${version}`);
  const files = await run('grep', [
    '-rlIE',
    '/usr/(src|lib)/linux-',
    tree,
    '--include=Makefile',
    '--include=.kernelvariables',
    '--include=*.mk',
  ]);
  for (const file of files.trim().split('\n')) {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/(?<![\w.])\/usr\/(?=(src|lib)\/linux-)/g, `${headers}/usr/`));
  }
}

/** The newest image of a suite, and the headers that belong to it. */
export async function prepareStock(kernel: Stock): Promise<Prepared<Stock>> {
  const packages = await archive(kernel.from.suites);
  const newest = async (meta: string, pattern: RegExp): Promise<string> => {
    const name = (await packages.depends(meta)).find((each) => pattern.test(each));
    if (name === undefined) throw new Error(`${meta} depends on no ${pattern}`);
    return name;
  };
  const image = await newest(kernel.from.package, /^linux-image-\d/);
  const headers = await newest(kernel.headers, /^linux-headers-\d/);
  const release = image.replace('linux-image-', '');
  const version = await packages.version(image);
  const folder = join(cache, 'kernels', `${kernel.name}-${keyOf([RECIPE, image, version])}`);
  const tree = join(folder, 'headers/usr/src', headers);
  await entry(folder, async () => {
    console.log(`unpacking ${image} ${version}`);
    const whole = join(folder, 'whole');
    await packages.unpack([image], whole);
    await keepImage(whole, release, folder, MORE_MODULES);
    await rm(whole, { recursive: true });
    const parts = (await packages.depends(headers)).filter((name) => /^linux-(headers|kbuild)-/.test(name));
    await packages.unpack([headers, ...parts], join(folder, 'headers'));
    await mendHeaders(join(folder, 'headers'), release);
  });
  return {
    kernel,
    version,
    image: join(folder, 'vmlinuz'),
    tree,
    makeArguments: kernel.cc === undefined ? [] : [`CC=${kernel.cc}`],
    modules: (await readFile(join(folder, 'order'), 'utf8'))
      .trim()
      .split('\n')
      .map((name) => join(folder, 'modules', name)),
  };
}

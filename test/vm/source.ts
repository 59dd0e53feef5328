// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { archive } from './apt.js';
import { cache, entry } from './cache.js';
import { keyOf } from './key.js';
import type { Kernel, Prepared } from './kernels.js';
import { run } from './shell.js';

/** Architectures that nothing here is built for. */
const ARCHITECTURES =
  'alpha arc arm arm64 c6x csky h8300 hexagon ia64 loongarch m68k microblaze mips nds32 nios2 openrisc parisc powerpc riscv s390 sh sparc unicore32 xtensa';

/** Drivers that no configuration here has. What kbuild reads on its way stays: Kconfig and Makefile. */
const DRIVERS = 'gpu infiniband media net/ethernet net/wireless staging';

/** Two thirds of a kernel's source, left out: it takes half of the time to unpack, and a gigabyte. */
function leftOut(top: string): string[] {
  return [
    // crypto/Kconfig reads the Kconfig files of other architectures.
    ...ARCHITECTURES.split(' ').flatMap((name) => [`${top}/arch/${name}/*.[chS]`, `${top}/arch/${name}/boot/*`]),
    ...[...DRIVERS.split(' ').map((name) => `drivers/${name}`), 'sound'].map((name) => `${top}/${name}/*.[chS]`),
    `${top}/tools/perf`,
    `${top}/Documentation/devicetree`,
  ];
}

/** A kernel's source as Debian has it, but for what is left out. Shared by the kernels that are built from it: never written to. */
export interface Source {
  folder: string;
  /** Debian's version: 6.1.192-2. */
  version: string;
}

/** A kernel of which there is the source alone, without a series. */
export async function sourceAlone(kernel: Kernel): Promise<Prepared> {
  const { folder, version } = await sourceOf(kernel);
  return { kernel, version, image: '', tree: '', makeArguments: [], source: folder, modules: [] };
}

/** The source that a kernel is built from: unpacked when it isn't yet. */
export async function sourceOf({ from }: Pick<Kernel, 'from'>): Promise<Source> {
  const packages = await archive(from.suites);
  const version = await packages.version(from.package);
  const folder = join(cache, 'sources', `${from.package}-${keyOf([version, ...leftOut('')])}`);
  await entry(folder, async () => {
    console.log(`unpacking ${from.package} ${version}`);
    const unpacked = join(folder, 'package');
    await packages.unpack([from.package], unpacked);
    const parts = join(unpacked, 'usr/src');
    const tar = (await readdir(parts)).find((name) => name.startsWith(`${from.package}.tar.`));
    if (tar === undefined) throw new Error(`no ${from.package}.tar in its package`);
    const excluded = leftOut(from.package).map((pattern) => `--exclude=${pattern}`);
    await run('tar', ['-C', folder, '--anchored', '--wildcards', ...excluded, '-xf', join(parts, tar)]);
    await rename(join(folder, from.package), join(folder, 'linux'));
    await rm(unpacked, { recursive: true });
  });
  return { folder: join(folder, 'linux'), version };
}

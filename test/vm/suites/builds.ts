// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../tools/build.js';
import { copyInto, type Headers, prepareRelease, type ReleaseName, runIn, type Root } from '../debian.js';
import type { Guest } from '../guest.js';
import { verdict } from '../report.js';
import { run } from '../shell.js';
import type { Suite } from '../suites.js';

/** The releases whose kernels are looked at beside which one that boots. */
const BESIDE: Record<string, ReleaseName[]> = {
  'stock-6.1': ['bookworm'],
  'stock-5.10': ['bullseye'],
  'stock-6.12': ['bookworm-backports', 'trixie', 'trixie-backports'],
};

/** What make is told of a machine that isn't this one. */
const MACHINE = { amd64: '', arm64: 'ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc' };

/** Warnings of the compiler and of sparse, and whether both have looked at each file. */
function faultsIn(output: string, files: string[], isUnchecked: boolean): string[] {
  const faults = output.split('\n').filter((line) => /\b(warning|error):/i.test(line));
  for (const file of files) {
    if (!new RegExp(`^ {2}CC \\[M\\] +\\S*${file}\\.o$`, 'm').test(output)) faults.push(`${file}.c was not compiled`);
    if (!isUnchecked && !new RegExp(`^ {2}CHECK +\\S*${file}\\.c$`, 'm').test(output)) faults.push(`${file}.c was not checked`);
  }
  if (!output.endsWith('status 0\n')) faults.push('make failed');
  return faults;
}

async function build(guest: Guest, debian: Root, { release, architecture, version }: Headers): Promise<void> {
  const folder = join(guest.folder, release);
  await copyInto(join(folder, 'module'), join(root, 'linux_module'));
  // sparse 0.6.4 knows no __typeof_unqual__, with which newer kernels are written.
  const words = `KDIR=/usr/src/linux-headers-${release} W=1 C=1 'CF=-D__typeof_unqual__=__typeof__' ${MACHINE[architecture]}`;
  const output = await runIn(debian, folder, `make -C /mnt/module ${words}`);
  const kbuild = await readFile(join(root, 'linux_module/Kbuild'), 'utf8');
  const files = /^vpoll-y := (.*)$/m
    .exec(kbuild)![1]!
    .split(' ')
    .map((name) => name.replace(/\.o$/, ''));
  const faults = faultsIn(output, files, debian.isUnchecked);
  const ko = join(folder, 'module/vpoll.ko');
  const magic = await run('modinfo', ['-F', 'vermagic', ko]).catch(() => 'there is none');
  if (!magic.startsWith(`${release} `)) faults.push(`vpoll.ko is for another kernel: ${magic.trim()}`);
  guest.add(`${release} (${version})`, verdict(faults.length === 0, `${faults.join('\n')}\n${output}`));
}

/** Why the module counts by itself: where a kernel exports inc_ucount() to it one day, it needn't. 7.3 does so for binfmt_misc alone: the last column names whom it is for. */
async function exportsNoCount(guest: Guest, debian: Root, { release }: Headers): Promise<void> {
  const symbols = await readFile(join(debian.folder, `usr/src/linux-headers-${release}/Module.symvers`), 'utf8');
  const isThere = (name: string): boolean => new RegExp(`\\t${name}\\t\\S+\\t\\S+\\t?$`, 'm').test(symbols);
  guest.add(`${release} exports no inc_ucount`, verdict(isThere('kernel_param_lock') && !isThere('inc_ucount')));
}

/** The release's own DKMS, with a kernel of its own. */
async function dkms(guest: Guest, debian: Root, { release }: Headers): Promise<void> {
  const folder = join(guest.folder, `dkms-${release}`);
  await copyInto(join(folder, 'module'), join(root, 'linux_module'));
  const conf = await readFile(join(root, 'linux_module/dkms.conf'), 'utf8');
  const version = /^PACKAGE_VERSION="(.*)"$/m.exec(conf)![1]!;
  const its = `-m vpoll -v ${version} -k ${release}`;
  const script = [
    `set -e; cp -r /mnt/module /usr/src/vpoll-${version}`,
    `dkms add -m vpoll -v ${version}`,
    `dkms build ${its} || { cat /var/lib/dkms/vpoll/*/build/make.log; exit 1; }`,
    `dkms install ${its}; dkms status`,
    `find /lib/modules/${release}/ -name 'vpoll.ko*'`,
    // By its path: the image's own lists, by which a name is found, are not there.
    `find /lib/modules/${release}/ -name 'vpoll.ko*' -exec modinfo -F vermagic {} +`,
    `dkms remove -m vpoll -v ${version} --all; find /lib/modules/${release}/ -name 'vpoll.ko*' | grep . && exit 1; echo gone`,
  ];
  const output = await runIn(debian, folder, `(${script.join('\n')})`);
  const wanted = [`, ${release}, x86_64: installed`, `${release} SMP`, 'gone\nstatus 0\n'];
  const missing = wanted.filter((each) => !output.includes(each));
  guest.add(`dkms for ${release}`, verdict(missing.length === 0, `not said: ${missing.join(', ')}\n${output}`));
}

export const suite: Suite = {
  name: 'builds',
  about:
    "vpoll.ko for every kernel that Debian's apt gives now, of amd64 and arm64, by its release's own compiler: no warning by W=1 or sparse; DKMS on rt; boots nothing",
  kernels: { ci: ['stock-6.1'], all: ['stock-5.10', 'stock-6.12'] },
  isLong: true,
  async run(guest) {
    for (const name of BESIDE[guest.name]!) {
      const debian = await prepareRelease(name);
      for (const headers of debian.headers) await build(guest, debian, headers);
      for (const headers of debian.headers) await exportsNoCount(guest, debian, headers);
      for (const headers of debian.headers.filter(({ release }) => release.endsWith('-rt-amd64')))
        await dkms(guest, debian, headers);
    }
  },
};

// SPDX-License-Identifier: LGPL-2.1-or-later

// Releases of Debian as folders to chroot(2) to: each one's own compiler, with the headers of every kernel that its apt gives. What a user builds, by what that user has.

import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Archive, archive } from './apt.js';
import { cache, entry } from './cache.js';
import { keyOf } from './key.js';
import { quote, run } from './shell.js';

const RECIPE = '1';

/** Where headers come from. */
export interface Release {
  name: string;
  /** Debian's suites, and those that bring newer kernels. */
  suites: string[];
  /** Lines of kernels, where the newest is not the only one: of each the newest. */
  lines?: string[];
  /** Its headers lack scripts/checker-valid.sh, without which kbuild of 7.2 runs no sparse. */
  isUnchecked?: boolean;
  /** Its lists name headers for arm64 whose files are gone from the mirrors. */
  isAmd64Only?: boolean;
}

export const releases = {
  bullseye: { name: 'bullseye', suites: ['bullseye', 'bullseye-security'], isAmd64Only: true },
  bookworm: { name: 'bookworm', suites: ['bookworm', 'bookworm-security'] },
  // Without -security, or its newer 6.1 were there as well.
  'bookworm-backports': { name: 'bookworm-backports', suites: ['bookworm', 'bookworm-backports'], lines: ['6.12'] },
  trixie: { name: 'trixie', suites: ['trixie', 'trixie-security'] },
  'trixie-backports': {
    name: 'trixie-backports',
    suites: ['trixie', 'trixie-backports'],
    lines: ['7.2', '7.3'],
    isUnchecked: true,
  },
} satisfies Record<string, Release>;

export type ReleaseName = keyof typeof releases;

/** The kinds of kernels that Debian ships for a machine. */
const FLAVOURS = ['', 'cloud-', 'rt-'];

/** What builds and installs a module, and what checks one. */
const PROGRAMS =
  'bash coreutils dash diffutils dkms file findutils gcc gcc-aarch64-linux-gnu grep gzip kmod libc6-dev make mawk patch perl procps sed sparse util-linux xz-utils'.split(
    ' ',
  );

/** A kernel whose headers are there. */
export interface Headers {
  /** As uname -r says it. */
  release: string;
  architecture: 'amd64' | 'arm64';
  /** Debian's version. */
  version: string;
}

/** A release that is unpacked. */
export interface Root {
  folder: string;
  headers: Headers[];
  isUnchecked: boolean;
}

/** The newest release of a line, or of all: `6.1.0-57`, `7.2.12+deb13`. */
async function newestOf(packages: Archive, architecture: string, line?: string): Promise<string> {
  if (line === undefined) {
    const name = (await packages.depends(`linux-headers-${architecture}`)).find((each) => /^linux-headers-\d/.test(each));
    return name!.replace('linux-headers-', '').replace(`-${architecture}`, '');
  }
  const names = await packages.names(`linux-headers-${line}.`);
  const versions = names.flatMap((name) => /^linux-headers-([\d.]+\+deb\d+)-common$/.exec(name)?.[1] ?? []);
  const newest = versions.sort(new Intl.Collator('en', { numeric: true }).compare).pop();
  if (newest === undefined) throw new Error(`no headers of ${line} for ${architecture}`);
  return newest;
}

async function headersOf(packages: Archive, { lines }: Release, architecture: 'amd64' | 'arm64'): Promise<Headers[]> {
  const found: Headers[] = [];
  for (const line of lines ?? [undefined]) {
    const base = await newestOf(packages, architecture, line);
    for (const flavour of FLAVOURS) {
      const release = `${base}-${flavour}${architecture}`;
      found.push({ release, architecture, version: await packages.version(`linux-headers-${release}`) });
    }
  }
  return found;
}

/** The packages that headers need beside themselves. Those of arm64 are built with by this machine's own programs. */
async function partsOf(packages: Archive, headers: Headers[]): Promise<string[]> {
  const parts = await Promise.all(headers.map(({ release }) => packages.depends(`linux-headers-${release}`)));
  return [...new Set(parts.flat())].filter((name) => /^linux-(headers|kbuild|compiler)-/.test(name));
}

/** What maintainer scripts and alternatives would make. */
async function finish(folder: string): Promise<void> {
  // Releases differ in whether packages know that /usr has it all.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const [top, below] = [join(folder, name), join(folder, 'usr', name)];
    await mkdir(below, { recursive: true });
    const found = await lstat(top).catch(() => undefined);
    if (found?.isSymbolicLink()) continue;
    if (found) {
      await run('cp', ['-a', `${top}/.`, below]);
      await rm(top, { recursive: true });
    }
    await symlink(`usr/${name}`, top);
  }
  if (!existsSync(join(folder, 'usr/bin/awk'))) await symlink('mawk', join(folder, 'usr/bin/awk'));
  for (const name of ['dev', 'mnt', 'proc', 'tmp', 'var/lib/dkms']) await mkdir(join(folder, name), { recursive: true });
}

/** Unpacks a release, or finds it in the cache. Throws Unavailable (apt.ts) when Debian can't be reached. */
export async function prepareRelease(name: ReleaseName): Promise<Root> {
  const release: Release = releases[name];
  const [own, foreign] = [await archive(release.suites), await archive(release.suites, 'arm64')];
  const amd64 = await headersOf(own, release, 'amd64');
  const arm64 = release.isAmd64Only ? [] : await headersOf(foreign, release, 'arm64');
  const common = await partsOf(own, amd64);
  const kbuild = common.filter((each) => each.startsWith('linux-kbuild-'));
  const needed = await own.closure([...PROGRAMS, ...kbuild]);
  const wanted = (each: Headers): string => `linux-headers-${each.release}=${each.version}`;
  const keys = [...amd64, ...arm64].map(wanted);
  const folder = join(cache, 'releases', `${name}-${keyOf([RECIPE, ...keys, ...needed])}`);
  await entry(folder, async () => {
    console.log(`unpacking ${needed.length} packages of ${name}, and the headers of ${keys.length} kernels`);
    const root = join(folder, 'root');
    await own.unpack([...needed, ...common.filter((each) => !kbuild.includes(each)), ...amd64.map(wanted)], root);
    if (arm64.length > 0) await foreign.unpack(arm64.map(wanted), root);
    await finish(root);
  });
  return { folder: join(folder, 'root'), headers: [...amd64, ...arm64], isUnchecked: release.isUnchecked === true };
}

/**
 * Runs a shell script as root of a release, whose files are as they were afterwards: what it writes goes elsewhere. At /mnt it has `folder`, where it may leave something.
 * Returns all that it said, and a last line `status N`.
 */
export async function runIn(root: Root, folder: string, script: string): Promise<string> {
  const layer = await mkdtemp(join(folder, 'layer.'));
  for (const name of ['upper', 'work', 'root']) await mkdir(join(layer, name));
  const at = quote(join(layer, 'root'));
  const mounts = [
    `mount -t overlay -o lowerdir=${quote(root.folder)},upperdir=${quote(join(layer, 'upper'))},workdir=${quote(join(layer, 'work'))} overlay ${at}`,
    `mount --rbind /dev ${at}/dev`,
    `mount --rbind /proc ${at}/proc`,
    `mount --bind ${quote(folder)} ${at}/mnt`,
  ];
  const env = 'env -i LC_ALL=C HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin';
  const words = `${mounts.join(' && ')} && exec chroot ${at} ${env} sh -c "$0"`;
  const isRoot = process.getuid?.() === 0;
  const outer = ['--mount', ...(isRoot ? [] : ['--map-root-user']), 'sh', '-c', words];
  try {
    return await run('unshare', [...outer, `{ ${script}\n} 2>&1; echo "status $?"`]);
  } finally {
    await rm(layer, { recursive: true, force: true });
  }
}

/** A copy of the module's source in a folder that `runIn` shows. */
export async function copyInto(folder: string, source: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(source)) await cp(join(source, name), join(folder, name), { recursive: true });
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Builds the Debian packages libvpoll0, libvpoll-dev, vpoll-fuse, vpoll-dkms and python3-vpoll into build/deb.
 * They are made of host/c, linux_module, python/ and debian/, by dpkg-buildpackage.
 *
 *     tools/deb.ts
 */

import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './build.js';

const out = join(root, 'build/deb');
/** What the packages are made of. */
const SOURCES = ['debian', 'host/c', 'linux_module', 'python'];

/** Builds them: their paths by name. Throws with what dpkg-buildpackage said when it fails. */
export async function buildDebs(): Promise<Map<string, string>> {
  const source = join(out, 'source');
  await rm(out, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  const isSource = (path: string): boolean => path !== join(root, 'host/c/build');
  for (const name of SOURCES) await cp(join(root, name), join(source, name), { recursive: true, filter: isSource });
  // Debian's own programs: another python, first in PATH, has no setuptools.
  const env = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const { status, stdout, stderr } = spawnSync('dpkg-buildpackage', ['-b', '-us', '-uc'], { cwd: source, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`dpkg-buildpackage: status ${status}\n${stdout}${stderr}`);
  const names = (await readdir(out)).filter((name) => name.endsWith('.deb') && !name.includes('-dbgsym_'));
  return new Map(names.map((name) => [name.slice(0, name.indexOf('_')), join(out, name)]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const path of (await buildDebs()).values()) console.log(path);
}

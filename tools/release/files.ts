// SPDX-License-Identifier: LGPL-2.1-or-later

// The files of a release, in build/release: the npm package, libvpoll's sources, the wheels, what the package depends on (SBOM), and their checksums, signed by a
// person's own key.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildLibrary } from '../cmake.js';
import { ARCHS } from '../native.js';
import { buildWheel } from '../wheel.js';
import { versionOf } from './version.js';

export const SUMS = 'SHA256SUMS';

function run(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

interface Lock {
  packages: Record<string, { dev?: boolean; devDependencies?: object }>;
}

/**
 * What the npm package has its users install, as CycloneDX: read from the lock file alone, in a folder of the package's name, since npm takes the name from that. What is
 * for our tools is taken out before: `npm sbom --omit dev` (11.19) omits a package too when a tool has another version of it (commander).
 */
export function writeSbom(root: string, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-sbom-'));
  try {
    const own = join(folder, 'vpoll');
    mkdirSync(own);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
    const write = (name: string, value: unknown): void => {
      writeFileSync(join(own, name), JSON.stringify(value));
    };
    const lock = read('package-lock.json') as Lock;
    const packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true));
    write('package.json', { ...(read('package.json') as object), devDependencies: {} });
    write('package-lock.json', { ...lock, packages: { ...packages, '': { ...packages[''], devDependencies: {} } } });
    const options = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'];
    writeFileSync(file, run(own, 'npm', 'sbom', ...options));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The sources of libvpoll, which need neither Node nor the rest of this repository to build. */
function packLibrary(out: string, version: string): void {
  const folder = buildLibrary('plain', []);
  run(folder, 'make', 'package_source');
  const name = `libvpoll-${version}.tar.gz`;
  copyFileSync(join(folder, name), join(out, name));
}

/** Makes all of them. npm's scripts have built and verified before: `npm pack` runs prepack. */
export function makeFiles(root: string, out: string): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const version = versionOf(root);
  run(root, 'npm', 'pack', '--pack-destination', out);
  packLibrary(out, version);
  for (const wheel of ARCHS.map(buildWheel)) copyFileSync(wheel, join(out, basename(wheel)));
  writeSbom(root, join(out, `vpoll-${version}.cdx.json`));
}

/** Writes the checksums of what is in `out`, as sha256sum(1) reads them. */
export function writeSums(out: string): void {
  const names = readdirSync(out).filter((name) => !name.startsWith(SUMS));
  const digest = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex');
  writeFileSync(join(out, SUMS), names.map((name) => `${digest(name)}  ${name}\n`).join(''));
}

/** Throws where this person's gpg has no secret key, of that name if there is one. */
export function mustHaveKey(key: string | undefined): void {
  const args = ['--batch', '--with-colons', '--list-secret-keys', ...(key === undefined ? [] : [key])];
  const { stdout, error } = spawnSync('gpg', args, { encoding: 'utf8' });
  if (error) throw error;
  if (/^sec:/m.test(stdout)) return;
  const named = key === undefined ? '' : ` ${key}`;
  throw new Error(`gpg has no secret key${named}: a release is signed by a person (gpg --quick-generate-key, or --key ID)`);
}

/** Signs the checksums with a secret key of this person's gpg: the one that is named, else gpg's own first. */
export function signSums(out: string, key: string | undefined): void {
  mustHaveKey(key);
  const user = key === undefined ? [] : ['--local-user', key];
  run(out, 'gpg', '--yes', '--armor', ...user, '--output', `${SUMS}.asc`, '--detach-sign', SUMS);
}

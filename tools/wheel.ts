// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Builds the wheels of python/: the package with libvpoll.so.0 and its helper beside it, for x86-64 and arm64, into build/wheel. The same compiler makes the same bytes,
 * wherever the checkout is.
 *
 *     tools/wheel.ts [x64 | arm64]
 *
 * A wheel is a zip archive with three files of metadata: packaging.python.org, "Binary distribution format".
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { zipSync, type Zippable } from 'fflate';
import { parse } from 'smol-toml';
import { root } from './build.js';
import { ARM64, buildLibrary } from './cmake.js';
import { type Arch, ARCHS, compileNative, TARGETS } from './native.js';

const SONAME = 'libvpoll.so.0';
const HELPER = 'vpoll-fuse';
/** Libraries that every system with glibc has: PEP 600. */
const OF_GLIBC = /^(?:lib(?:c|m)\.so\.6|ld-linux[\w.-]*)$/;
/** The glibc of manylinux2014, the oldest tag of those for arm64. */
const GLIBC_MINOR_LEAST = 17;
/** The licences of what a wheel holds: wasm2c's text in the core is Apache-2.0. */
const LICENSES = ['LGPL-2.1-or-later.txt', 'Apache-2.0.txt'];

interface Project {
  name: string;
  version: string;
  description: string;
  readme: string;
  'requires-python': string;
  license: { text: string };
  keywords: string[];
  classifiers: string[];
}

/** What python/pyproject.toml says of the package. */
export function readProject(): Project {
  const { project } = parse(readFileSync(join(root, 'python/pyproject.toml'), 'utf8'));
  return project as unknown as Project;
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status}\n${stderr}`);
  return stdout;
}

/** The library, stripped, without a path of this machine in it. */
function compileLibrary(arch: Arch): string {
  const name = `wheel-${arch}`;
  const flags = ['-O2', '-DNDEBUG', `"-ffile-prefix-map=${root.replace(/\/$/, '')}=."`];
  const more = ['-DVPOLL_HELPER=$ORIGIN/' + HELPER, '-DVPOLL_FUSE=OFF', '-DCMAKE_SHARED_LINKER_FLAGS=-s'];
  const folder = buildLibrary(name, flags, [...more, ...(arch === process.arch ? [] : ARM64)]);
  return join(folder, SONAME);
}

/**
 * The tag of the platforms that a library runs on: the newest version of glibc that it asks a function of. Throws where it needs a library that isn't glibc's.
 */
export function platformOf(arch: Arch, library: string): { minor: number; tags: string[] } {
  const objdump = `${TARGETS[arch]}-objdump`;
  const needed = [...run(objdump, '-p', library).matchAll(/^ +NEEDED +(\S+)$/gm)].map((match) => match[1]!);
  const foreign = needed.filter((name) => !OF_GLIBC.test(name));
  if (foreign.length > 0) throw new Error(`${library} needs ${foreign.join(', ')}, which no manylinux has`);
  const versions = [...run(objdump, '-T', library).matchAll(/\(?GLIBC_2\.(\d+)[.\d]*\)?/g)].map((match) => Number(match[1]));
  if (versions.length === 0) throw new Error(`${library}: ${objdump} tells of no version of glibc`);
  const minor = Math.max(GLIBC_MINOR_LEAST, ...versions);
  const machine = TARGETS[arch].split('-')[0]!;
  // The older name of the same, for installers of before PEP 600.
  const older = minor === GLIBC_MINOR_LEAST ? [`manylinux2014_${machine}`] : [];
  return { minor, tags: [`manylinux_2_${minor}_${machine}`, ...older] };
}

function metadata(project: Project): string {
  const fields = [
    ['Metadata-Version', '2.1'],
    ['Name', project.name],
    ['Version', project.version],
    ['Summary', project.description],
    ['License', project.license.text],
    ['Keywords', project.keywords.join(',')],
    ...project.classifiers.map((classifier) => ['Classifier', classifier]),
    ['Requires-Python', project['requires-python']],
    ['Description-Content-Type', 'text/markdown'],
    ...LICENSES.map((file) => ['License-File', file]),
  ];
  const readme = readFileSync(join(root, 'python', project.readme), 'utf8');
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${readme}`;
}

function wheelFile(tags: readonly string[]): string {
  const lines = ['Wheel-Version: 1.0', 'Generator: vpoll tools/wheel.ts', 'Root-Is-Purelib: false'];
  return [...lines, ...tags.map((tag) => `Tag: py3-none-${tag}`), ''].join('\n');
}

/** Each file with its digest; the list itself has none. */
function record(files: ReadonlyMap<string, Uint8Array>, own: string): string {
  const lines = [...files].map(([name, bytes]) => {
    const digest = createHash('sha256').update(bytes).digest('base64url');
    return `${name},sha256=${digest},${bytes.length}\n`;
  });
  return `${lines.join('')}${own},,\n`;
}

function pack(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  // The oldest date that zip knows, by the local clock, since that is what it writes.
  const mtime = new Date(1980, 0, 1);
  const mode = (name: string): number => (name.endsWith(HELPER) || name.endsWith(SONAME) ? 0o100755 : 0o100644);
  const entries: Zippable = {};
  for (const [name, bytes] of files) entries[name] = [bytes, { mtime, os: 3, attrs: (mode(name) << 16) >>> 0, level: 9 }];
  return zipSync(entries);
}

/** The files of a wheel, in their order, without its list of them. */
function filesOf(arch: Arch, library: string, tags: readonly string[], info: string): Map<string, Uint8Array> {
  const read = (path: string): Uint8Array => readFileSync(path);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const sources = readdirSync(join(root, 'python/vpoll')).filter((name) => /\.py$|^py\.typed$/.test(name));
  const temporary = mkdtempSync(join(tmpdir(), 'vpoll-wheel-'));
  try {
    const helper = join(temporary, HELPER);
    if (!compileNative(root.replace(/\/$/, ''), arch, helper)) throw new Error(`no compiler for the helper of ${arch}`);
    return new Map([
      ...sources.sort().map((name) => [`vpoll/${name}`, read(join(root, 'python/vpoll', name))] as const),
      [`vpoll/${SONAME}`, read(library)],
      [`vpoll/${HELPER}`, read(helper)],
      ...LICENSES.map((name) => [`${info}/licenses/${name}`, read(join(root, 'LICENSES', name))] as const),
      [`${info}/METADATA`, text(metadata(readProject()))],
      [`${info}/WHEEL`, text(wheelFile(tags))],
    ]);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Builds one: its path. */
export function buildWheel(arch: Arch): string {
  const { name, version } = readProject();
  const library = compileLibrary(arch);
  const { tags } = platformOf(arch, library);
  const info = `${name}-${version}.dist-info`;
  const files = filesOf(arch, library, tags, info);
  files.set(`${info}/RECORD`, new TextEncoder().encode(record(files, `${info}/RECORD`)));
  const out = join(root, 'build/wheel');
  mkdirSync(out, { recursive: true });
  const path = join(out, `${name}-${version}-py3-none-${tags.join('.')}.whl`);
  writeFileSync(path, pack(files));
  return path;
}

function main([asked]: string[]): void {
  const archs = asked === undefined ? ARCHS : ARCHS.filter((arch) => arch === asked);
  if (archs.length === 0) throw new Error(`tools/wheel.ts: no architecture ${asked} (${ARCHS.join(', ')})`);
  for (const arch of archs) console.log(buildWheel(arch));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));

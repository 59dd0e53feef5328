// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

interface Source {
  name: string;
  text: string;
}

/** Text that was generated, is quoted, or belongs to someone else. */
const foreign = /^(package-lock\.json|LICENSES\/|linux_patch\/|host\/c\/core\/(core|fuse)\.[ch]$)/;
const binary = /\.(bin|gif|gz|ico|jpg|png|wasm|xz|zst)$/;

/** What is in git or about to be: a new file is checked before its first commit. */
function sources(): Source[] {
  return run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
    .split('\0')
    .filter((name) => name && !foreign.test(name) && !binary.test(name) && existsSync(join(root, name)))
    .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
}

/** Every hit of `pattern`, as `file:line: text`. */
function hits(files: Source[], pattern: RegExp): string[] {
  return files.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** Prose, and formats that have no comments; those of Debian's packages, which debian/copyright speaks for; what REUSE reads. */
function takesNoLicenceLine({ name }: Source): boolean {
  if (/^debian\/(changelog|copyright|source\/format)$|^\.reuse\//.test(name)) return true;
  return ['.md', '.json', '.patch'].includes(extname(name)) && basename(name) !== 'tsconfig.json';
}

/** The kernel takes GPL-2.0-only; everything that a program links to is LGPL. */
function licenceOf(name: string): string {
  return name.startsWith('linux_') ? 'GPL-2.0-only' : 'LGPL-2.1-or-later';
}

const WORK_TREE = { name: 'a git work tree', has: existsSync(join(root, '.git')) };
const here = needs(test, 'git', WORK_TREE);
const withReuse = needs(test, 'git', 'reuse', WORK_TREE);

// REUSE-IgnoreStart
here('every source says its licence', () => {
  const bare = sources()
    .filter((source) => source.text && !takesNoLicenceLine(source) && basename(source.name) !== '.gitignore')
    .filter(
      ({ name, text }) => !text.split('\n', 3).some((line) => line.includes(`SPDX-License-Identifier: ${licenceOf(name)}`)),
    );
  assert.equal(
    bare.map(({ name }) => name),
    [],
  );
});
// REUSE-IgnoreEnd

withReuse('every file has a copyright and a licence, and every licence is here in full', () => {
  run('reuse', ['lint']);
});

here('no source is longer than 300 lines', () => {
  const long = sources().filter(({ name, text }) => !name.endsWith('.md') && text.trimEnd().split('\n').length > 300);
  assert.equal(
    long.map(({ name }) => name),
    [],
  );
});

here('no limit is switched off', () => {
  assert.equal(hits(sources(), /eslint-disabl[e].*max-lines|@ts-noc[h]eck/), []);
});

here('no path of a machine', () => {
  assert.equal(hits(sources(), /(?:^|[^\w.])\/(?:work|root|home|Users|tmp\/lab)\//), []);
});

here('no host of a package registry', () => {
  assert.equal(hits(sources(), /registry\.(?:npmjs|yarnpkg)|npm\.pkg\.github/), []);
});

here(
  'the bits that may be set stand as a number where that is generated, in the one test that says it, and in what is part of Linux',
  () => {
    const files = sources().filter(({ name }) => !/^(?:linux_module|linux_patch|docs)\//.test(name));
    const copies = hits(files, /\b0x27d[f]/i).map((hit) => hit.replace(/:.*/, ''));
    assert.equal(copies, ['assembly/abi.ts', 'host/abi.ts', 'host/c/abi.h', 'test/abi.test.ts']);
  },
);

here('a program is started by what gives it the environment that is named, and no other', () => {
  // Under Deno, spawnSync(), similar functions and Deno.Command add all of the caller's. spawn() doesn't (test/fuse/serve.test.ts), nor does
  // host/linux/spawn.ts.
  const code = sources().filter(({ name }) => /^(?:src|host)\/.*\.ts$/.test(name));
  const starts = hits(code, /node:child_process|\.Command\(/);
  assert.ok(starts.length > 2);
  assert.equal(
    starts.filter(
      (hit) => !/: import (?:type )?\{ (?:spawn|, |type ChildProcess|ChildProcess)+ \} from 'node:child_process';$/.test(hit),
    ),
    [],
  );
});

here('nothing is left to be done', () => {
  assert.equal(hits(sources(), /\b(?:TO[D]O|FIX[M]E|X{3})\b/), []);
});

test('the lock file names no address', () => {
  assert.not.match(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved":|https?:[^"]*\.tgz/);
});

test('the lock file was written for this package.json', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, object> };
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  for (const [name, value] of Object.entries(lock.packages[''] ?? {})) assert.equal(value, manifest[name], name);
  assert.ok(lock.packages['']);
});

test('npm ci takes the lock file', () => {
  // It refuses one that lacks a package for some other platform, which `npm install` never mentions.
  run('npm', ['ci', '--dry-run', '--prefer-offline', '--ignore-scripts']);
});

test('every dependency has an exact version', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  assert.ok(versions.length > 0);
  assert.equal(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  );
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// host/c as a part of another project of cmake, and installed, where find_package() finds it.

import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { versionOf } from '../../tools/release/version.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { blocksOf } from '../docs/support/blocks.js';
import { execute } from './support/library.js';

const host = join(root, 'host/c');
const BACKENDS = ['tcp', 'socketpair'];
const DEV_FUSE = existsSync('/dev/fuse') ? ['fuse'] : [];
const folder = mkdtempSync(join(tmpdir(), 'vpoll-embedding-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Configures a project of test/c and builds it. */
function build(project: string, name: string, ...options: string[]): string {
  const built = join(folder, name);
  run('cmake', ['-S', join(root, 'test/c', project), '-B', built, ...options]);
  run('cmake', ['--build', built, '--parallel', '2']);
  return built;
}

/** Both programs of a build work. */
function work(built: string, backends: readonly string[]): void {
  for (const program of ['shared', 'static']) {
    for (const backend of backends) {
      const { status, output, errors } = execute(join(built, program), { args: [backend], env: { VPOLL_BACKEND: backend } });
      assert.is(status, 0, `${program}, ${backend}: ${output}${errors}`);
    }
  }
}

const LIBRARY = needs(test, 'cmake', 'gcc');

for (const by of ['FetchContent', 'add_subdirectory']) {
  LIBRARY(`${by}: a project with an uninstall of its own, whose settings stay as they are`, () => {
    const built = build(
      'embeds',
      by,
      `-DBY=${by}`,
      `-DVPOLL_SOURCE=${host}`,
      '-DCMAKE_BUILD_TYPE=Debug',
      '-DCMAKE_C_FLAGS=-Werror',
    );
    work(built, [...BACKENDS, ...DEV_FUSE]);
    assert.match(run('cmake', ['--build', built, '--target', 'uninstall']), 'its own uninstall');
    const prefix = join(folder, `${by}-installed`);
    run('cmake', ['--install', built, '--prefix', prefix]);
    assert.equal(run('find', [prefix, '-type', 'f', '-printf', '%f\\n']).trim().split('\n').sort(), ['shared', 'static']);
  });
}

LIBRARY(
  'find_package: vpoll::vpoll and vpoll::vpoll_static where it was installed, wherever that has gone, and no other version',
  () => {
    const [library, first, prefix] = ['library', 'first', 'prefix'].map((name) => join(folder, name)) as [string, string, string];
    run('cmake', ['-S', host, '-B', library, `-DCMAKE_INSTALL_PREFIX=${first}`]);
    run('cmake', ['--build', library, '--parallel', '2']);
    run('cmake', ['--install', library]);
    run('mv', [first, prefix]);
    work(build('finds', 'found', `-DCMAKE_PREFIX_PATH=${prefix}`), BACKENDS);
    const later = join(folder, 'later');
    run('cp', ['-r', join(root, 'test/c/finds'), later]);
    run('sed', ['-i', 's/vpoll 0.1/vpoll 1.0/', join(later, 'CMakeLists.txt')]);
    assert.throws(
      () => run('cmake', ['-S', later, '-B', join(folder, 'none'), `-DCMAKE_PREFIX_PATH=${prefix}`]),
      new RegExp(`version: ${versionOf(root)}`),
    );
  },
);

const PAGE = blocksOf('docs/libvpoll.md').flatMap(({ kind, code }) => (kind === 'cmake' ? [code] : []));
const WITH_SHARED = PAGE[0]!;
/** The same file with the lines for the archive at its end. */
const WITH_STATIC = `${WITH_SHARED.slice(0, WITH_SHARED.indexOf('target_link_libraries'))}${PAGE[1]!}`;
const README = blocksOf('README.md').find(({ kind }) => kind === 'c')!.code;

/** Builds the README's program by a CMakeLists.txt, and installs it: the folder that holds all of it. */
function project(name: string, text: string): string {
  const place = join(folder, name);
  mkdirSync(join(place, 'node_modules'), { recursive: true });
  symlinkSync(root, join(place, 'node_modules/vpoll'));
  writeFileSync(join(place, 'program.c'), README);
  writeFileSync(join(place, 'CMakeLists.txt'), text);
  run('cmake', ['-S', place, '-B', join(place, 'build')]);
  run('cmake', ['--build', join(place, 'build'), '--parallel', '2']);
  run('cmake', ['--install', join(place, 'build'), '--prefix', join(place, 'prefix')]);
  return place;
}

/** The first line of the trace of a program that asks for a backend, or for nothing. */
function traced(program: string, backend = ''): string {
  const trace = `${program}.trace`;
  rmSync(trace, { force: true });
  const { output, errors } = execute(program, { env: { VPOLL_TRACE: trace, VPOLL_BACKEND: backend } });
  const [first] = readFileSync(trace, 'utf8').split('\n');
  return `${first!.replace(/^\[\d+\] /, '')}; ${output}${errors}`;
}

const withFuse = needs(test, 'cmake', 'gcc', '/dev/fuse');

for (const [name, text] of [
  ['vpoll', WITH_SHARED],
  ['vpoll_static', WITH_STATIC],
] as const) {
  withFuse(`docs/libvpoll.md, vpoll::${name}: fuse in the build folder, and installed when that is gone`, () => {
    const place = project(`page-${name}`, text);
    const shows = 'vpoll_create(0x0) = 3, fuse, shows 0x0; 1: 0x2\n';
    assert.is(traced(join(place, 'build/program'), 'fuse'), shows);
    rmSync(join(place, 'build'), { recursive: true });
    assert.is(traced(join(place, 'prefix/bin/program'), 'fuse'), shows);
  });
}

const NO_HELPER = 'no helper: EOPNOTSUPP, ';

withFuse('the trace names the program that is missing, and a folder in which anyone may put one is not looked into', () => {
  const place = project('page-missing', WITH_STATIC);
  const program = join(place, 'prefix/bin/program');
  const helper = join(place, 'prefix/bin/vpoll-fuse');
  const other = join(place, 'sticky');
  mkdirSync(other);
  cpSync(program, join(other, 'program'));
  cpSync(helper, join(other, 'vpoll-fuse'));
  assert.match(traced(join(other, 'program'), 'fuse'), 'fuse, shows');
  chmodSync(other, 0o1777);
  assert.match(traced(join(other, 'program'), 'fuse'), '= -1');
  rmSync(helper);
  // Where a rule forbids a start, as in a container's first process, that is what is told.
  if (/, no helper: (?!EOPNOTSUPP)/.test(traced(program))) return;
  assert.match(traced(join(other, 'program')), `${NO_HELPER}its folder is unknown or has the sticky bit; `);
  assert.match(traced(program), `${NO_HELPER}there is no program ${helper}; `);
});

test.run();

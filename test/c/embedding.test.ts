// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// host/c as a part of another project of cmake, and installed, where find_package() finds it.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { versionOf } from '../../tools/release/version.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
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

test.run();

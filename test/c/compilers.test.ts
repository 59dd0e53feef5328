// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// Other compilers, another libc, another architecture, and old dialects of C: what `npm test` builds with gcc is no more than one of them.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ARM64, buildLibrary, MUSL } from '../../tools/cmake.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { execute, FUNCTIONS } from './support/library.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-compilers-'));
const header = ['-I', join(root, 'host/c')];
const additions = join(root, 'test/c/programs/additions.c');
const DEV_FUSE = existsSync('/dev/fuse') ? ['fuse'] : [];

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Compiles a program, and runs it over each backend. */
function works(compiler: string, library: readonly string[], backends: readonly string[]): void {
  const program = join(folder, compiler);
  run(compiler, ['-Wall', '-Werror', '-pthread', ...header, '-o', program, additions, ...library]);
  for (const backend of backends) {
    const { status, output, errors } = execute(program, { args: [backend], env: { VPOLL_BACKEND: backend } });
    assert.is(status, 0, `${compiler}, ${backend}: ${output}${errors}`);
  }
}

/** The names that an archive defines for a program that links it. */
function names(archive: string): string[] {
  return [...run('nm', ['-g', '--defined-only', archive]).matchAll(/ (\S+)$/gm)].map((match) => match[1]!);
}

needs(
  test,
  'cmake',
  'clang',
  'nm',
)('clang builds it without a warning, and link-time optimization gives no name away', () => {
  const built = buildLibrary('clang', ['-O1', '-flto'], ['-DCMAKE_C_COMPILER=clang']);
  works('clang', [`-L${built}`, '-lvpoll', `-Wl,-rpath,${built}`], ['tcp', 'socketpair', ...DEV_FUSE]);
  works('clang', [join(built, 'libvpoll.a')], ['tcp', 'socketpair', ...DEV_FUSE]);
  assert.equal(
    names(join(built, 'libvpoll.a')).filter((name) => !FUNCTIONS.includes(name)),
    [],
  );
});

const withMusl = needs(test, 'cmake', 'musl-gcc');

withMusl('musl: the library, its archive and its helper', () => {
  const built = buildLibrary('musl', ['-O1'], MUSL);
  works('musl-gcc', [`-L${built}`, '-lvpoll', `-Wl,-rpath,${built}`], ['tcp', 'socketpair', ...DEV_FUSE]);
  works('musl-gcc', ['-static', join(built, 'libvpoll.a')], ['tcp', 'socketpair', ...DEV_FUSE]);
});

needs(
  test,
  'cmake',
  'aarch64-linux-gnu-gcc',
)('arm64, whose structures and numbers the core takes for granted', () => {
  const elf = readFileSync(join(buildLibrary('arm64', ['-O1'], ARM64), 'libvpoll.so.0'));
  // e_machine of elf(5): EM_AARCH64.
  assert.is(elf.readUInt16LE(18), 183);
});

needs(
  test,
  'gcc',
  'g++',
  'clang',
  'clang++',
)('vpoll.h is C of 1989 and C++ of 1998, and of every year since', () => {
  const [c, cc] = ['h.c', 'h.cc'].map((name) => join(folder, name)) as [string, string];
  const strict = ['-pedantic-errors', '-Wall', '-Wextra', '-Wundef', '-Werror', '-fsyntax-only', ...header];
  for (const file of [c, cc])
    writeFileSync(file, '#include <vpoll.h>\nint main(void) { return vpoll_close(vpoll_create(0, 0)); }\n');
  for (const compiler of ['gcc', 'clang'])
    for (const standard of ['c89', 'c99', 'c11', 'c17', 'gnu2x'])
      run(compiler, [`-std=${standard}`, ...strict, '-Wc++-compat', c]);
  for (const compiler of ['g++', 'clang++'])
    for (const standard of ['c++98', 'c++11', 'c++20']) run(compiler, [`-std=${standard}`, ...strict, '-Wold-style-cast', cc]);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// The library as a thing that is linked, loaded and installed.

import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { versionOf } from '../../tools/release/version.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { compile, DEBIANS, execute, FUNCTIONS, library } from './support/library.js';

const LIBRARY = needs(test, 'cmake', 'gcc', 'nm', 'readelf');
const BACKENDS = ['tcp', 'socketpair', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
const VERSION = versionOf(root);
const folder = mkdtempSync(join(tmpdir(), 'vpoll-link-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** The names that an object defines for others. */
function defined(file: string, ...args: string[]): string[] {
  return [...run('nm', ['-g', '--defined-only', ...args, file]).matchAll(/^[0-9a-f]+ \w (\S+)$/gm)]
    .map((match) => match[1]!)
    .sort();
}

LIBRARY('it has the name and the symbols that it is to have, and no others', () => {
  const file = join(library(), 'libvpoll.so.0');
  assert.equal(defined(file, '-D'), FUNCTIONS);
  assert.equal(defined(join(library(), 'libvpoll.a')), FUNCTIONS);
  const dynamic = run('readelf', ['-d', '-W', file]);
  assert.match(dynamic, /SONAME.*\[libvpoll\.so\.0\]/);
  assert.equal(
    [...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1]),
    ['libc.so.6'],
  );
});

const withAbidiff = needs(test, 'cmake', 'gcc', 'abidiff', { name: "Debian's libvpoll0", has: DEBIANS !== undefined });

withAbidiff("abidiff: none of the symbols of Debian's library is gone or changed", () => {
  const { status, output } = execute('abidiff', {
    args: [realpathSync(DEBIANS!), realpathSync(join(library(), 'libvpoll.so.0'))],
  });
  // Bits 0 and 1 are errors, bit 3 is an incompatible change; bit 2, a change, are the functions that were added.
  assert.is((status ?? 1) & ~4, 0, output);
  assert.match(output, /0 Removed, 0 Added function symbols? not referenced|0 Removed, 5 Added function symbols not referenced/);
});

for (const backend of BACKENDS) {
  const env = { VPOLL_BACKEND: backend };
  const passes = (program: string, ...args: string[]): void => {
    const { status, signal, output, errors } = execute(program, { args, env });
    assert.is(status, 0, `${String(signal)} ${output}${errors}`);
  };

  LIBRARY(`${backend}: what the header adds`, () => {
    passes(compile('additions.c'), backend);
  });

  LIBRARY(`${backend}: by the archive`, () => {
    const program = join(folder, `static-${backend}`);
    const source = join(root, 'test/c/programs/additions.c');
    run('gcc', ['-static', '-I', join(root, 'host/c'), '-o', program, source, join(library(), 'libvpoll.a'), '-pthread']);
    passes(program, backend);
  });

  LIBRARY(`${backend}: without standard input, where the first vpoll is number 0`, () => {
    const args = ['-c', 'exec "$@" <&- 2>&-', 'sh', compile('additions.c'), backend];
    const { status, output } = execute('sh', { args, env });
    assert.is(status, 0, output);
  });

  LIBRARY(`${backend}: by C++`, () => {
    passes(compile('cpp.cc'));
  });

  LIBRARY(`${backend}: by dlopen and dlclose`, () => {
    passes(compile('loaded.c', { args: ['-ldl'] }), join(library(), 'libvpoll.so.0'));
  });
}

/** Paths of files and links below a folder, without it. */
function below(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

const withPkgConfig = needs(test, 'cmake', 'make', 'gcc', 'pkg-config');

withPkgConfig('mkdir build; cd build; cmake ..; make; make install; a program; make uninstall', () => {
  const source = join(folder, 'source');
  const [build, prefix] = [join(source, 'build'), join(folder, 'prefix')];
  run('cp', ['-a', join(root, 'host/c'), source]);
  rmSync(build, { recursive: true, force: true });
  run('mkdir', [build]);
  run('cmake', ['..', `-DCMAKE_INSTALL_PREFIX=${prefix}`, '-DCMAKE_INSTALL_LIBDIR=lib'], build);
  run('make', [], build);
  run('make', ['install'], build);
  const man = ['vpoll', 'vpoll_close', 'vpoll_create', 'vpoll_ctl'].map((name) => `share/man/man3/${name}.3`);
  const forCmake = ['Config', 'ConfigVersion', 'Targets-release', 'Targets'].map((name) => `cmake/vpoll/vpoll${name}.cmake`);
  const libraries = ['libvpoll.a', 'libvpoll.so', 'libvpoll.so.0', `libvpoll.so.${VERSION}`, 'pkgconfig/vpoll.pc'];
  const lib = [...forCmake, ...libraries].map((name) => `lib/${name}`);
  const service = ['lib/systemd/system/vpoll-fuse.service', 'libexec/vpoll/vpoll-fuse', 'sbin/vpoll-fuse'];
  const pages = [...man, 'share/man/man7/vpoll.7', 'share/man/man8/vpoll-fuse.8'];
  assert.equal(below(prefix), ['include/vpoll.h', ...lib, ...service, ...pages]);
  assert.match(readFileSync(join(prefix, service[0]!), 'utf8'), `\nExecStart=${prefix}/sbin/vpoll-fuse serve `);

  const program = join(folder, 'installed');
  const script = `PKG_CONFIG_PATH=${prefix}/lib/pkgconfig; export PKG_CONFIG_PATH
    gcc -o ${program} ${root}/test/c/programs/additions.c $(pkg-config --cflags --libs vpoll) -Wl,-rpath,$(pkg-config --variable=libdir vpoll)`;
  run('sh', ['-ec', script]);
  for (const backend of BACKENDS) {
    const { status, output } = execute(program, { args: [backend], env: { VPOLL_BACKEND: backend } });
    assert.is(status, 0, `${backend}: ${output}`);
  }
  run('make', ['uninstall'], build);
  assert.equal(below(prefix), []);
});

withPkgConfig('the release: `make package_source` holds what builds', () => {
  const build = join(folder, 'release');
  run('cmake', ['-S', join(root, 'host/c'), '-B', build]);
  run('make', ['package_source'], build);
  run('tar', ['xzf', join(build, `libvpoll-${VERSION}.tar.gz`)], folder);
  const unpacked = join(folder, `libvpoll-${VERSION}`);
  assert.equal(
    below(unpacked),
    ['LICENSES/Apache-2.0.txt', 'LICENSES/LGPL-2.1-or-later.txt', ...below(join(root, 'host/c'))]
      .filter((name) => !name.startsWith('build/'))
      .sort(),
  );
  run('cmake', ['-S', unpacked, '-B', join(unpacked, 'build')]);
});

const withGroff = needs(test, 'groff');

withGroff('the manual pages are well formed', () => {
  for (const name of readdirSync(join(root, 'host/c/man'))) {
    const { status, errors } = execute('groff', { args: ['-man', '-ww', '-z', join(root, 'host/c/man', name)] });
    assert.is(`${String(status)} ${errors}`, '0 ', name);
  }
});

const asRoot = needs(test, 'cmake', 'gcc', { name: 'root', has: process.getuid?.() === 0 });

asRoot("a program with another's rights ignores the environment", () => {
  const program = join(folder, 'setuid');
  run('cp', [compile('additions.c'), program]);
  run('chown', ['nobody', program]);
  run('chmod', ['4755', program]);
  run('chmod', ['755', folder]);
  const trace = join(folder, 'trace');
  writeFileSync(trace, '');
  // The run path of the program is what makes it run with ours: LD_LIBRARY_PATH is ignored as well.
  const { status, output } = execute(program, { args: ['tcp'], env: { VPOLL_BACKEND: 'socketpair', VPOLL_TRACE: trace } });
  assert.is(status, 0, output);
  assert.is(run('cat', [trace]), '');
});

test.run();

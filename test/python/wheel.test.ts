// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

// The wheels: the same bytes wherever they are made, with a list of their files that is true, for as old a glibc as their library needs.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildLibrary } from '../../tools/cmake.js';
import { type Arch, ARCHS, TARGETS } from '../../tools/native.js';
import { buildWheel, platformOf } from '../../tools/wheel.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const MACHINES: Record<Arch, string> = { x64: 'x86_64', arm64: 'aarch64' };
const SOURCES = ['tools', 'host', 'python', 'LICENSES', 'package.json', 'tsconfig.json'];

for (const arch of ARCHS) {
  const withTools = needs(test, 'cmake', 'gcc', `${TARGETS[arch]}-gcc`, `${TARGETS[arch]}-objdump`);

  withTools(`${arch}: every file of the wheel is in its list, with its digest, and the tag is that of glibc 2.17`, () => {
    const path = buildWheel(arch);
    const machine = MACHINES[arch];
    assert.is(basename(path), `vpoll-${versionOf()}-py3-none-manylinux_2_17_${machine}.manylinux2014_${machine}.whl`);
    const files = unzipSync(readFileSync(path));
    const list = Object.keys(files).find((name) => name.endsWith('/RECORD'))!;
    const rows = new TextDecoder().decode(files[list]).trim().split('\n');
    const wanted = Object.entries(files).map(([name, bytes]) => {
      const digest = createHash('sha256').update(bytes).digest('base64url');
      return name === list ? `${name},,` : `${name},sha256=${digest},${bytes.length}`;
    });
    assert.equal(rows.sort(), wanted.sort());
    for (const name of ['vpoll/py.typed', 'vpoll/_abi.py', 'vpoll/libvpoll.so.0', 'vpoll/vpoll-fuse'])
      assert.ok(files[name], name);
  });

  withTools(`${arch}: made in another place the bytes are the same`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-wheel-'));
    try {
      const copy = join(folder, 'a much longer name/of a checkout');
      mkdirSync(copy, { recursive: true });
      for (const name of SOURCES) cpSync(join(root, name), join(copy, name), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      const made = run('env', ['TZ=Asia/Tokyo', process.execPath, '--import', 'tsx', 'tools/wheel.ts', arch], copy).trim();
      const [here, there] = [readFileSync(buildWheel(arch)), readFileSync(made)];
      assert.ok(here.equals(there));
      assert.not.ok(here.includes(tmpdir()));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function versionOf(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

needs(
  test,
  'cmake',
  'gcc',
  'objdump',
  '/usr/include/uv.h',
)('a library that asks for more than glibc has another tag, or none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-tag-'));
  try {
    const arch = process.arch as Arch;
    const library = (name: string, text: string, ...more: string[]): string => {
      const [source, file] = [join(folder, `${name}.c`), join(folder, `${name}.so`)];
      run('sh', ['-c', 'printf "%s" "$2" >"$1"', 'sh', source, text]);
      run('gcc', ['-shared', '-fPIC', '-o', file, source, ...more]);
      return file;
    };
    // getentropy(3) is of glibc 2.25.
    const newer = library('newer', 'int getentropy(void *, unsigned long); int f(void *p) { return getentropy(p, 1); }');
    assert.equal(platformOf(arch, newer).tags, [`manylinux_2_25_${MACHINES[arch]}`]);
    const other = library('other', 'int f(void) { return 0; }', '-Wl,--no-as-needed', '-luv');
    assert.throws(() => platformOf(arch, other), /needs libuv\.so\.1, which no manylinux has/);
    assert.is(platformOf(arch, join(buildLibrary('plain', []), 'libvpoll.so.0')).minor, 17);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();

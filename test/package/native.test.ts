// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// The files of the native helper. Anybody can make them again, a machine without a compiler needs none, and a package has them as they are.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ARCHS, compileNative, fileOf, verify, type Arch } from '../../tools/native.js';
import { putChanged } from '../support/helpers.js';
import { needs } from '../support/needs.js';
import { pack } from '../support/pack.js';
import { root, run } from '../support/run.js';

const COMPILERS: Record<Arch, string> = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };
/** In CI both are built, as for a package that is published; elsewhere this machine's. */
const BUILT = ARCHS.filter((arch) => existsSync(join(root, 'build', fileOf(arch))));

function inFolder(use: (path: (name: string) => string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-native-'));
  try {
    use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const arch of ARCHS) {
  const withCompiler = needs(test, COMPILERS[arch]);

  withCompiler(`${arch}: made in two places, the bytes are the same, and name neither`, () => {
    inFolder((path) => {
      const places = ['a', 'a-much-longer-name/deeper'].map(path);
      const [first, second] = places.map((place, i) => {
        putChanged(place, []);
        assert.ok(compileNative(place, arch, path(`made-${i}`)));
        const bytes = readFileSync(path(`made-${i}`));
        assert.not.ok(bytes.includes(tmpdir()) || bytes.includes('helper/main.c'), 'a path');
        return bytes;
      });
      assert.ok(first!.equals(second!));
      if (BUILT.includes(arch))
        assert.ok(first!.equals(readFileSync(join(root, 'build', fileOf(arch)))), 'what is built is another');
    });
  });

  withCompiler(`${arch}: a program that stands alone, without a path to look for another`, () => {
    inFolder((path) => {
      assert.ok(compileNative(root, arch, path('made')));
      const bytes = readFileSync(path('made'));
      assert.is(bytes.subarray(0, 4).toString('latin1'), '\x7fELF');
      // e_machine: EM_X86_64, EM_AARCH64.
      assert.is(bytes.readUInt16LE(18), { x64: 62, arm64: 183 }[arch]);
      const count = bytes.readUInt16LE(56);
      const types = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(Number(bytes.readBigUInt64LE(32)) + i * 56));
      assert.not.ok(types.includes(3), 'PT_INTERP: it would need a loader');
      assert.not.ok(bytes.includes('.symtab'), 'stripped');
      assert.ok(bytes.length < 48 * 1024, `${bytes.length} bytes`);
    });
  });
}

needs(test, { name: 'a build for all architectures (npm run build -- --optimised)', has: BUILT.length === ARCHS.length })(
  'verify-helper finds what is built to be the same, and a byte that differs',
  () => {
    inFolder((path) => {
      const { lines, isSame } = verify(root);
      assert.ok(isSame, lines.join('\n'));
      const { tarball } = pack(path('.'));
      assert.ok(verify(root, tarball).isSame);
      run('tar', ['-xzf', tarball, '-C', path('.')]);
      const file = path(`package/build/${fileOf('arm64')}`);
      const bytes = readFileSync(file);
      bytes[1000]! ^= 1;
      writeFileSync(file, bytes);
      run('tar', ['-czf', path('spoilt.tgz'), '-C', path('.'), 'package']);
      const spoilt = verify(root, path('spoilt.tgz'));
      assert.not.ok(spoilt.isSame);
      assert.match(spoilt.lines.join('\n'), /vpoll-fuse-arm64: DIFFERENT/);
    });
  },
);

test('a machine without a compiler: nothing is said but that, and the module knows of no file', () => {
  inFolder((path) => {
    mkdirSync(path('bin'));
    mkdirSync(path('out'));
    const url = JSON.stringify(pathToFileURL(join(root, 'tools/native.ts')).href);
    const program = `const { buildNative } = await import(${url});
      console.log(buildNative(${JSON.stringify(root)}, ${JSON.stringify(path('out'))}, { isForAll: false, mustHaveAll: false }));
      try { buildNative(${JSON.stringify(root)}, ${JSON.stringify(path('out'))}, { isForAll: true, mustHaveAll: true }); }
      catch ({ message }) { console.log(message); }`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: path('bin') },
    });
    assert.is(status, 0, stderr);
    assert.match(stdout, /^no native helper \(no cc\)\nno compiler for vpoll-fuse-x64: /);
    assert.equal(readdirSync(path('out')).sort(), ['native.files.d.ts', 'native.files.js']);
    assert.match(readFileSync(path('out/native.files.js'), 'utf8'), /"sha256": ""/);
  });
});

test('in the package the files are what they are in build/, and may be executed', () => {
  inFolder((path) => {
    const { tarball } = pack(path('.'));
    mkdirSync(path('project'));
    writeFileSync(path('project/package.json'), '{ "name": "consumer", "private": true }');
    copyFileSync(tarball, path('project/vpoll.tgz'));
    run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', './vpoll.tgz'], path('project'));
    const files = readdirSync(path('project/node_modules/vpoll/build')).filter((name) => name.startsWith('vpoll-fuse-'));
    assert.equal(files, BUILT.map(fileOf).sort());
    for (const name of files) {
      const installed = path(`project/node_modules/vpoll/build/${name}`);
      assert.is(statSync(installed).mode & 0o777, 0o755);
      assert.ok(readFileSync(installed).equals(readFileSync(join(root, 'build', name))));
    }
    if (process.env.CI) assert.is(files.length, ARCHS.length);
  });
});

test.run();

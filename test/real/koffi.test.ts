// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, one backend

// What Node loads for its first vpoll: koffi's native part alone, where it is found, and koffi itself everywhere else. Most of the time of require('koffi') is
// spent on what nothing here uses.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';

const NATIVE = `koffi-linux-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'vpoll-koffi-'));
const packages = join(folder, 'node_modules');

test.before(() => {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(join(root, 'build')).filter((file) => file.endsWith('.js'))) {
    copyFileSync(join(root, 'build', name), join(folder, name));
  }
});

test.before.each(() => {
  rmSync(packages, { recursive: true, force: true });
  cpSync(join(root, 'node_modules/koffi'), join(packages, 'koffi'), { recursive: true });
  cpSync(join(root, 'node_modules/@koromix', NATIVE), join(packages, '@koromix', NATIVE), { recursive: true });
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a program that makes a vpoll, between `before` and `after`: what it prints, and the files that were loaded by require(). */
function create(before = '', after = ''): { said: string[]; loaded: string[] } {
  const file = join(folder, 'program.mjs');
  const text = `
    import { createRequire } from 'node:module';
    import { Poller, VPoll } from './index.js';
    const require = createRequire(import.meta.url);
    ${before}
    const vp = VPoll.create({ backend: 'socketpair' });
    vp.add(1);
    if (vp.events === 0) throw new Error('it shows nothing');
    ${after}
    console.log(JSON.stringify(Object.keys(require.cache)));
    process.exit();
  `;
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  assert.is(status, 0, stderr);
  const said = stdout.trim().split('\n');
  return { said, loaded: (JSON.parse(said.pop()!) as string[]).map((name) => name.slice(packages.length + 1)) };
}

const isIndex = (name: string): boolean => name.startsWith('koffi/') && /\.c?js$/.test(name);
const isNative = (name: string): boolean => name.endsWith('/koffi.node');

test('the first vpoll loads the native part, and nothing else of koffi', () => {
  assert.equal(create().loaded.filter(isNative).length, 1);
  assert.equal(create().loaded.filter(isIndex), []);
});

test('Node is not asked where koffi is, which takes it longer than to look', () => {
  const note = `
    const Module = require('node:module');
    const { _resolveFilename: resolve } = Module;
    const asked = [];
    Module._resolveFilename = (request, ...rest) => { asked.push(request); return resolve(request, ...rest); };
  `;
  const { said, loaded } = create(note, 'console.log(asked.join());');
  assert.not.ok(said[0]!.split(',').includes('koffi'), said[0]);
  assert.is(loaded.filter(isNative).length, 1);
});

test('where koffi is by a link, as pnpm has it, Node says where that leads', () => {
  const store = join(packages, '.pnpm/koffi/node_modules');
  mkdirSync(store, { recursive: true });
  for (const name of ['koffi', '@koromix']) renameSync(join(packages, name), join(store, name));
  symlinkSync(join(store, 'koffi'), join(packages, 'koffi'));
  const { loaded } = create();
  assert.is(loaded.filter(isNative).length, 1);
  assert.equal(
    loaded.filter((name) => /koffi\/.*\.c?js$/.test(name)),
    [],
  );
});

test('so does the first Poller', () => {
  assert.equal(create('Poller.create().close();').loaded.filter(isIndex), []);
});

test('a program that uses koffi has the same native part, no matter which comes first', () => {
  const use = `
    const koffi = require('koffi');
    console.log(koffi.load(null).func('int abs(int)')(-7), typeof koffi.load(null).cdecl);
  `;
  for (const [before, after] of [
    ['', use],
    [use, ''],
  ]) {
    const { said, loaded } = create(before, after);
    assert.equal(said, ['7 function']);
    assert.is(loaded.filter(isNative).length, 1);
  }
});

const ELSEWHERE: Record<string, () => string> = {
  'it lies within koffi (npm nests it beside another version)': () => {
    mkdirSync(join(packages, 'koffi/node_modules'));
    renameSync(join(packages, '@koromix'), join(packages, 'koffi/node_modules/@koromix'));
    return '';
  },
  'it was built in place (no optional package)': () => {
    const { arch } = process;
    mkdirSync(join(packages, `koffi/build/koffi/linux_${arch}`), { recursive: true });
    renameSync(
      join(packages, '@koromix', NATIVE, `linux_${arch}/koffi.node`),
      join(packages, `koffi/build/koffi/linux_${arch}/koffi.node`),
    );
    rmSync(join(packages, '@koromix'), { recursive: true });
    return '';
  },
  'the program does not say which libc it has': () => {
    const program = join(folder, 'program');
    writeFileSync(program, readFileSync(process.execPath).subarray(0, 4096).fill(0, 64));
    // koffi asks the same program, finds nothing there, and tries all that it has.
    return `process.execPath = ${JSON.stringify(program)};`;
  },
  'it is of another version': () => {
    const file = join(packages, 'koffi/package.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"version": "[^"]*"/, '"version": "0.0.1"'));
    return '';
  },
  "it can't be loaded": () => {
    writeFileSync(join(packages, '@koromix', NATIVE, `linux_${process.arch}/koffi.node`), 'no library');
    mkdirSync(join(packages, `koffi/build/koffi/linux_${process.arch}`), { recursive: true });
    copyFileSync(
      join(root, 'node_modules/@koromix', NATIVE, `linux_${process.arch}/koffi.node`),
      join(packages, `koffi/build/koffi/linux_${process.arch}/koffi.node`),
    );
    return '';
  },
};

for (const [what, arrange] of Object.entries(ELSEWHERE)) {
  test(`koffi looks for it where ${what}`, () => {
    const { loaded } = create(arrange());
    assert.ok(loaded.some(isIndex), loaded.join('\n'));
  });
}

test.run();

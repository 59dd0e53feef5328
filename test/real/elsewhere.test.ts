// SPDX-License-Identifier: LGPL-2.1-or-later

// Where vpoll can't run it can be imported all the same, and the first use says why it can't: ENOSYS, with the way out.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';

interface Said {
  code: string;
  errno: number;
  syscall: string;
  message: string;
  cause?: string;
  byNumber: [number, number];
  format: string;
}

const TRY = `
const v = await import(module);
let error;
try { v.VPoll.create(); } catch (caught) { error = caught; }
const byNumber = [v.vpoll_create(0, 0), v.vpoll_errno()];
const { code, errno, syscall, message, cause } = error ?? {};
console.log(JSON.stringify({ code, errno, syscall, message, cause: cause?.message, byNumber, format: v.formatEvents(5) }));
`;

/** Imports `module` after `before` has run, and tries to make a vpoll. */
function attempt(module: string, before: string): Said {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `const module = process.argv[1]; ${before} ${TRY}`, module],
    {
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  assert.is(status, 0, stderr);
  return JSON.parse(stdout) as Said;
}

const library = join(root, 'build/index.js');

for (const platform of ['darwin', 'win32', 'freebsd']) {
  test(`on ${platform}: import works, create says ENOSYS and names the simulation`, () => {
    const said = attempt(library, `Object.defineProperty(process, 'platform', { value: '${platform}' });`);
    assert.is(said.code, 'ENOSYS');
    assert.is(said.errno, -38);
    assert.is(said.syscall, 'vpoll_create');
    assert.match(said.message, platform);
    assert.match(said.message, 'simulation');
    assert.equal(said.byNumber, [-1, 38]);
    assert.is(said.format, 'IN|OUT', 'what needs no kernel works');
  });
}

test('without a process at all, as in a browser', () => {
  const said = attempt(library, 'globalThis.process = undefined;');
  assert.is(said.code, 'ENOSYS');
  assert.match(said.message, 'simulation');
});

test('on an architecture that is not known', () => {
  // koffi looks at the name as well, so it is loaded before.
  const before = `process.getBuiltinModule('node:module').createRequire(module)('koffi');`;
  const said = attempt(library, `${before} Object.defineProperty(process, 'arch', { value: 'riscv64' });`);
  assert.is(said.code, 'ENOSYS');
  assert.match(said.message, /riscv64.*x64, arm64/);
});

test('without koffi: ENOSYS, and the cause says what is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    // Shared chunks of the bundles stand beside the library.
    for (const name of readdirSync(join(root, 'build')).filter((file) => file.endsWith('.js'))) {
      copyFileSync(join(root, 'build', name), join(folder, name));
    }
    const said = attempt(join(folder, 'index.js'), '');
    assert.is(said.code, 'ENOSYS');
    assert.match(said.message, 'koffi');
    assert.match(said.cause ?? '', "Cannot find module 'koffi'");
    assert.equal(said.byNumber, [-1, 38]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('on Linux with everything there it works, so that the tests above show something', () => {
  const said = attempt(library, '');
  assert.is(said.code, undefined);
  assert.ok(said.byNumber[0] >= 0);
});

test.run();

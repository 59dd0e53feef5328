// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library/once

// Where vpoll can't run it can be imported all the same, and the first use says why it can't: ENOSYS, and what helps.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';
import { command, runtime } from '../support/runtime.js';

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

const folder = mkdtempSync(join(tmpdir(), 'vpoll-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Imports `module` after `before` has run, and tries to make a vpoll. `options` come before the program's name. */
function attempt(module: string, before: string, options?: string[]): Said {
  const file = join(folder, 'attempt.mjs');
  writeFileSync(file, `const module = ${JSON.stringify(module)}; ${before} ${TRY}`);
  const [program, ...args] = options ? [process.execPath, ...options, file] : command(file);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
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
  const before = runtime === 'node' ? `process.getBuiltinModule('node:module').createRequire(module)('koffi');` : '';
  const said = attempt(library, `${before} Object.defineProperty(process, 'arch', { value: 'riscv64' });`);
  assert.is(said.code, 'ENOSYS');
  assert.match(said.message, /riscv64.*x64, arm64/);
});

/** The built library in a folder of its own, where no package is found. */
function copyLibrary(): string {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  // Shared chunks of the bundles stand beside the library.
  for (const name of readdirSync(join(root, 'build')).filter((file) => file.endsWith('.js'))) {
    copyFileSync(join(root, 'build', name), join(folder, name));
  }
  return join(folder, 'index.js');
}

if (runtime === 'node') {
  test('without koffi, or without its native part: ENOSYS, what is missing and what to do', () => {
    const copy = copyLibrary();
    const saysSo = (missing: string): void => {
      const said = attempt(copy, '');
      assert.is(said.code, 'ENOSYS');
      assert.match(said.message, missing);
      assert.match(said.message, /npm install koffi \(vpoll\/docs\/runtimes\.md, Bundles\)$/);
      assert.match(said.cause ?? '', missing);
      assert.equal(said.byNumber, [-1, 38]);
    };
    saysSo("Cannot find module 'koffi'");
    cpSync(join(root, 'node_modules/koffi'), join(folder, 'node_modules/koffi'), { recursive: true });
    saysSo('Cannot find the native Koffi module');
    rmSync(join(folder, 'node_modules'), { recursive: true });
  });
} else {
  test('no package is needed beside the library', () => {
    assert.is(attempt(copyLibrary(), '').code, undefined);
  });
}

/** How a runtime is told to keep native code out, and which flag lets it in. */
const FORBIDDEN = {
  // It was an experiment until Node 23.5.
  node: {
    options: [
      process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
      '--allow-fs-read=*',
    ],
    flag: '--allow-addons',
  },
  bun: undefined,
  deno: { options: ['run', '--no-prompt', '--allow-read', '--allow-env'], flag: '--allow-ffi' },
}[runtime];

if (FORBIDDEN) {
  test('where the runtime is told to keep native code out: EACCES, and the flag that lets it in', () => {
    const said = attempt(library, '', FORBIDDEN.options);
    assert.is(said.code, 'EACCES');
    assert.is(said.errno, -13);
    assert.match(said.message, FORBIDDEN.flag);
    assert.equal(said.byNumber, [-1, 13]);
  });
}

if (runtime === 'deno') {
  test('an environment that Deno keeps from the program counts as empty, and attach without a token says so', () => {
    const options = ['run', '--no-prompt', '--allow-read', '--allow-ffi'];
    assert.is(attempt(library, '', options).code, undefined);
    const said = attempt(library, `const { VPoll } = await import(module); VPoll.create = () => VPoll.attach();`, options);
    assert.is(said.code, 'EACCES');
    assert.match(said.message, '--allow-env=VPOLL_SHARE');
  });
}

test('on Linux with everything there it works, so that the tests above show something', () => {
  const said = attempt(library, '');
  assert.is(said.code, undefined);
  assert.ok(said.byNumber[0] >= 0);
});

test.run();

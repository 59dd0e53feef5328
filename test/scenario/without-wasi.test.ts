// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// `vpoll sim` without a guest loads no @wasmer/wasi: it does all that it does in an installation that lacks it, where a guest can't run.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf } from '../../tools/runtimes.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';
import { compileAssembly } from './support/guest.js';
import { example, play, PRINTED, RACE } from './support/scenario.js';

const LIBRARY = '@wasmer/wasi';

let folder: string;

/** The package with what it depends on, but for `missing`. */
function install(missing: string): void {
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'build'));
  for (const built of readdirSync(join(root, 'build'), { withFileTypes: true }).filter((entry) => entry.isFile()))
    copyFileSync(join(root, 'build', built.name), join(folder, 'build', built.name));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  const names = Object.keys(dependencies);
  assert.ok(names.includes(missing));
  for (const name of names.filter((one) => one !== missing)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

function sim(input: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  // Deno would look for the packages that package.json names in a cache of its own.
  const before = runtime === 'deno' ? ['run', '--allow-all', '--node-modules-dir=manual'] : [];
  const { status, stdout, stderr } = spawnSync(programOf(runtime), [...before, join(folder, 'build/cli.js'), 'sim', ...args], {
    input,
    encoding: 'utf8',
    cwd: folder,
  });
  return { status, stdout, stderr };
}

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vpoll-without-'));
  install(LIBRARY);
  writeFileSync(join(folder, 'guest.wasm'), await compileAssembly());
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

test('a scenario runs, fails and is refused without the library', async () => {
  for (const name of Object.keys(PRINTED)) assert.equal(sim(example(name), '-'), await play(example(name)));
  for (const args of [['--hash'], ['--trace']])
    assert.equal(sim(RACE, '-', '--seed', '7', ...args), await play(RACE, '--seed', '7', ...args));
  const written = sim(RACE, '-', '--seed', '7', '--trace-out', join(folder, 'trace'));
  assert.equal(written, await play(RACE, '--seed', '7'));
  assert.match(readFileSync(join(folder, 'trace'), 'utf8'), /^\{"traceEvents":/);
  for (const wrong of ['close 77\n', 'epoll_wat 3\n', '#'.repeat(262144)]) {
    const { status, stdout, stderr } = await play(wrong);
    assert.equal(sim(wrong, '-'), { status, stdout, stderr: `vpoll sim: -: ${stderr}` });
  }
});

test('a guest needs it, and runs where it is', () => {
  const guest = (): [number | null, string] => {
    const { status, stderr } = sim('r w = pipe\nguest r w\n', '-', '--guest', 'guest.wasm');
    return [status, stderr];
  };
  const [status, stderr] = guest();
  assert.is(status, 2);
  // By name, with what to do and what the runtime says; and it is no fault of the guest's.
  assert.match(
    stderr,
    /^vpoll sim: ENOSYS: .*, vpoll_sim: a guest needs the package @wasmer\/wasi \(npm install @wasmer\/wasi\): .*@wasmer\/wasi.*\n$/,
  );
  assert.not.match(stderr, 'guest.wasm');
  mkdirSync(join(folder, 'node_modules/@wasmer'), { recursive: true });
  symlinkSync(join(root, 'node_modules', LIBRARY), join(folder, 'node_modules', LIBRARY));
  assert.equal(guest(), [0, '']);
});

test.run();

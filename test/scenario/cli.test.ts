// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// `vpoll sim` where something is wrong: it says what, and which file, in one line, with status 2 where nothing has run and 1 where a run has failed.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';

const CLI = join(root, 'build/cli.js');
const LONGEST = 262143;

let folder: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpoll-cli-'));
  mkdirSync(join(folder, 'folder'));
  const files = {
    good: 'print hello\n',
    failing: 'close 77\n',
    wrong: 'a = eventfd\nepoll_wat a\n',
    huge: '#'.repeat(LONGEST + 1),
    empty: '',
    guest: 'guest\n',
    endless: 'until 100s\nloop\n  print more\n  sleep 1ms\nend\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

function sim(...args: string[]): [status: number | null, stdout: string, stderr: string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'sim', ...args], { cwd: folder, encoding: 'utf8' });
  return [status, stdout, stderr];
}

/** Arguments, and what the one line of standard error has. */
const MISUSES: [string[], RegExp][] = [
  [[], /missing required argument 'FILE'/],
  [['missing'], /ENOENT.*'missing'/],
  [['folder'], /EISDIR.*'folder'/],
  [['wrong'], /wrong: line 2: 'epoll_wat' is no call/],
  [['huge'], /huge: the scenario is longer than 262143 bytes/],
  [['good', 'failing'], /one argument too many: 'failing'/],
  [['--sede', '1', 'good'], /unknown option '--sede'/],
  [['-s', 'good'], /unknown option '-s'/],
  [['--seed', '18446744073709551616', 'good'], /'--seed <number>'.* must be a number of at most 64 bits/],
  [['--seed', '-1', 'good'], /'-1' is invalid/],
  [['--seed', 'one', 'good'], /'one' is invalid/],
  [['good', '--seed'], /'--seed <number>' argument missing/],
  [['--hash', '--trace', 'good'], /'--trace' cannot be used with option '--hash'/],
  [['good', '--trace-out'], /'--trace-out <file>' argument missing/],
  [['good', '--trace-out', ''], /'--trace-out <file>' argument '' is invalid/],
  [['--trace-out', 'folder', 'good'], /EISDIR.*'folder'/],
  [['--trace-out', 'missing/trace', 'good'], /ENOENT.*'missing\/trace'/],
  [['--trace-out', '/dev/full', 'good'], /ENOSPC.*'\/dev\/full'/],
  [['--guest', 'missing', 'guest'], /ENOENT.*'missing'/],
  [['--guest', 'folder', 'guest'], /EISDIR.*'folder'/],
  [['--guest', 'good', 'guest'], /good is no WebAssembly module/],
  [['--guest', join(root, 'build/core.wasm'), 'guest'], /no WASI command/],
  [['good', '--', 'argument'], /for a --guest, and there is none/],
];

test('what cannot be run is told in a line, and nothing is printed', () => {
  for (const [args, said] of MISUSES) {
    const [status, stdout, stderr] = sim(...args);
    const all = `${args.join(' ')}: ${stderr}`;
    assert.equal([status, stdout], [2, ''], all);
    assert.match(stderr, said, all);
    assert.match(stderr, /^vpoll sim: [^\n]*\n$/, all);
  }
});

test('a run that fails has status 1, one of nothing 0', () => {
  const [status, stdout, stderr] = sim('failing');
  assert.equal([status, stdout], [1, '']);
  assert.match(stderr, /^vpoll sim: failing: line 1: /);
  assert.equal(sim('empty'), [0, '', '']);
});

test('a trace is written as it is printed, and not where the scenario cannot be read', () => {
  assert.equal(sim('--trace-out', 'trace', 'good'), [0, 'hello\n', '']);
  assert.ok(Array.isArray((JSON.parse(readFileSync(join(folder, 'trace'), 'utf8')) as { traceEvents: unknown }).traceEvents));
  assert.is(sim('--trace-out', 'none', 'wrong')[0], 2);
  assert.is(existsSync(join(folder, 'none')), false);
});

test('a reader that has gone ends it without a word; an output that is full is told', async () => {
  const child = spawn(process.execPath, [CLI, 'sim', 'endless'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdout.destroy();
  const [status] = (await once(child, 'close')) as [number];
  assert.equal([status, stderr], [141, '']);
  const full = spawnSync('sh', ['-c', '"$0" "$1" sim good > /dev/full', process.execPath, CLI], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.is(full.status, 1);
  assert.match(full.stderr, /^vpoll sim: standard output: ENOSPC[^\n]*\n$/);
});

test.run();

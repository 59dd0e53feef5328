// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// A command of `vpoll` whose output is lost, or that lacks something, ends at once. It prints a line at most, or one for each backend.
// It has a status of its own, and never prints a stack of the thread that it runs on.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../src/backends.js';
import { isHere } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';

const CLI = join(root, 'build/cli.js');
const RUNTIME = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : [])];
const DEMO = ['demo', '--fast', '--backend', 'socketpair'];
const isRoot = { name: 'root', has: process.geteuid!() === 0 };

let folder: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpoll-ends-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'scenario'), 'print hello\n');
  writeFileSync(join(folder, 'failing'), 'print hello\nclose 77\n');
  // What a runtime needs to begin, and to load a file.
  writeFileSync(join(folder, 'begins.mjs'), "import { writeSync } from 'node:fs';\nwriteSync(1, 'begun');\n");
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Commands that print something, and their status where that is lost. */
function printing(): [args: string[], status: number][] {
  return [
    [['--help'], 1],
    [['--version'], 1],
    [['demo', '--help'], 1],
    [['run', '--help'], 125],
    [[...DEMO, '--json'], 1],
    [DEMO, 1],
    [['doctor'], 1],
    [['doctor', '--json'], 1],
    [['sim', join(folder, 'scenario')], 1],
    [['sim', '--trace', join(folder, 'scenario')], 1],
    [['sim', '--hash', join(folder, 'failing')], 1],
  ];
}

interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command behind the words of a shell that end in exec. */
function inShell(shell: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env, cwd = folder): Outcome {
  const all = ['-c', `${shell} "$@"`, 'sh', ...RUNTIME, ...args];
  return spawnSync('sh', all, { encoding: 'utf8', timeout: 60_000, env, cwd, input: '' });
}

function assertLine(ran: Outcome, line: RegExp, what: string): void {
  assert.match(ran.stderr, line, `${what}: ${ran.stderr}`);
}

test('a full disk ends each command at the first write', () => {
  for (const [args, status] of printing()) {
    const ran = inShell('exec >/dev/full;exec', [CLI, ...args]);
    assert.equal([ran.status, ran.signal], [status, null], `${args.join(' ')}: ${ran.stderr}`);
    assertLine(ran, /^vpoll[ a-z]*: standard output: [^\n]*(ENOSPC|[Nn]o space)[^\n]*\n$/, args.join(' '));
  }
});

test('a reader that has gone ends each command without a word, with the status that SIGPIPE has in a shell', async () => {
  for (const [args] of printing()) {
    const child = spawn(RUNTIME[0]!, [...RUNTIME.slice(1), CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal([status, stderr], [141, ''], args.join(' '));
  }
});

test('a line that can not be written leaves the status', () => {
  for (const [args, status] of [
    [['sim', 'missing'], 2],
    [['demo', '--backend', 'nonsense'], 2],
    [['run'], 125],
    [['nonsense'], 2],
    [[], 2],
  ] as const) {
    const ran = inShell('exec 2>/dev/full;exec', [CLI, ...args]);
    assert.equal([ran.status, ran.stdout], [status, ''], args.join(' '));
    const both = inShell('exec >/dev/full 2>&1;exec', [CLI, ...args]);
    assert.is(both.status, status, args.join(' '));
  }
  // What it prints is there all the same.
  const fine = inShell('exec 2>/dev/full;exec', [CLI, 'sim', 'scenario']);
  assert.equal([fine.status, fine.stdout], [0, 'hello\n']);
});

needs(
  test,
  { name: '/dev/fuse', has: existsSync('/dev/fuse') },
  isRoot,
)('a server that can not say so serves nothing', () => {
  const path = join(folder, 'served');
  const ran = inShell('exec >/dev/full;exec', [CLI, 'serve', path]);
  assert.equal([ran.status, ran.signal], [1, null], ran.stderr);
  assertLine(ran, /^vpoll serve: standard output: [^\n]+\n$/, 'serve');
  assert.is(existsSync(path), false);
  assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), folder);
});

/** Whether the runtime itself can begin so: where it can't it says so in its own way, or dies. */
function begins(shell: string): boolean {
  const { status, stdout } = inShell(shell, [join(folder, 'begins.mjs')]);
  return status === 0 && stdout === 'begun';
}

/** Whether a command has ended by itself, with one line of its own at most. */
function assertOwnEnd(ran: Outcome, what: string): void {
  assert.is(ran.signal, null, what);
  if (ran.status === 0) assert.is(ran.stderr, '', what);
  else assertLine(ran, /^vpoll[ a-z]*: [^\n]+\n$/, what);
}

test('few descriptors: each command does its work, or says in a line why not', () => {
  const wanting: string[] = [];
  for (let limit = 8; limit <= 40; limit++) {
    const few = `ulimit -n ${limit}; exec`;
    if (!begins(few)) continue;
    for (const args of [['sim', 'scenario'], DEMO]) {
      const ran = inShell(few, [CLI, ...args]);
      // Deno ends by itself where it begins, or begins a thread, and has no descriptors for that.
      if (runtime === 'deno' && /Deno has panicked|^error: (?!Uncaught)/m.test(ran.stderr)) continue;
      assertOwnEnd(ran, `${limit} ${args.join(' ')}: ${ran.status} ${ran.signal} ${ran.stderr}`);
      if (ran.status !== 0) wanting.push(`${limit} ${args[0]}`);
    }
  }
  assert.ok(wanting.length > 0, 'the demo wants more than what a runtime begins with');
});

test('where no backend can do what is needed, each has a line of its own', () => {
  // These can.
  if (isHere('eventfd') || isHere('device')) return;
  const env = { ...process.env, VPOLL_BACKEND: '', VPOLL_FUSE: 'off', VPOLL_NEEDS: 'HUP|MSG', VPOLL_ORDER: '' };
  const { status, stderr } = inShell('exec', [CLI, 'demo', '--fast'], env);
  const [first, ...lines] = stderr.trimEnd().split('\n');
  assert.is(status, 1);
  assert.is(first, 'vpoll demo: EOPNOTSUPP: operation not supported, vpoll_create: no backend here can do needs HUP|MSG:');
  assert.equal(
    lines.map((line) => /^ {2}(\w+): \S/.exec(line)?.[1]),
    BACKENDS.slice(1),
  );
  assert.equal(
    lines.filter((line) => line.length > 100),
    [],
  );
});

test('a working directory that is read-only or gone, and no environment', () => {
  for (const args of [['--version'], DEMO, ['doctor', '--json'], ['sim', join(folder, 'scenario')]]) {
    const readOnly = inShell('exec', [CLI, ...args], {}, '/proc');
    assert.equal([readOnly.status, readOnly.stderr], [0, ''], args.join(' '));
    const gone = inShell('mkdir gone && cd gone && rmdir ../gone && exec', [CLI, ...args]);
    if (runtime === 'node') assertOwnEnd(gone, `${args.join(' ')}: ${gone.stderr}`);
    else assert.is(gone.signal, null);
  }
});

needs(
  test,
  'unshare',
  isRoot,
)('without /proc each command does its work, or says in a line why not', () => {
  const without = 'exec unshare -m sh -c \'umount -l /proc; exec "$@"\' sh';
  // Bun and Deno look for themselves there.
  assert.is(begins(without), runtime === 'node');
  if (runtime !== 'node') return;
  for (const args of [['--version'], DEMO, ['doctor'], ['sim', 'scenario'], ['serve', 'file'], ['run', '--', 'true']]) {
    const ran = inShell(without, [CLI, ...args]);
    assertOwnEnd(ran, `${args.join(' ')}: ${ran.status} ${ran.stderr}`);
  }
});

test.run();

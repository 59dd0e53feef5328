// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: node

// The README shows only what works: each of its programs is run as it stands, and must print what stands below it; each row of its table of
// wrong arguments is called, and must throw that code; its commands are typed into a clean copy of the tree.

import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as vpoll from '../../src/index.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Block {
  kind: string;
  code: string;
}

const blocks: Block[] = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, code]) => ({
  kind: kind!,
  code: code!,
}));

/** The output that stands below a block. */
function outputOf(block: Block): string {
  const next = blocks[blocks.indexOf(block) + 1];
  assert.is(next?.kind, 'text', `no output below:\n${block.code}`);
  return next!.code;
}

/** Descriptor numbers depend on what else the runtime has open. */
function normalise(text: string): string {
  return text.replace(/fd: \d+/g, 'fd: N');
}

test('every block is a program, a command or an output', () => {
  assert.equal(new Set(blocks.map(({ kind }) => kind)), new Set(['js', 'text', 'sh', 'cmake']));
});

needs(
  test,
  'cmake',
  'gcc',
)("a project of cmake's is built by what stands there", () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-readme-'));
  try {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    symlinkSync(root, join(modules, 'vpoll'));
    writeFileSync(join(folder, 'program.c'), '#include <vpoll.h>\nint main(void) { return vpoll_create(0, 0) < 0; }\n');
    const [block] = blocks.filter(({ kind }) => kind === 'cmake');
    const head = 'cmake_minimum_required(VERSION 3.18)\nproject(reader C)\nadd_executable(program program.c)\n';
    writeFileSync(join(folder, 'CMakeLists.txt'), head + block!.code);
    run('cmake', ['-S', folder, '-B', join(folder, 'build')]);
    run('cmake', ['--build', join(folder, 'build')]);
    run(join(folder, 'build/program'), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const withPython = needs(test, 'python3');
blocks
  .filter(({ kind }) => kind === 'js')
  .forEach((block, index) => {
    withPython(`program ${index + 1} prints what stands below it`, () => {
      // Beside the built package, whose name it imports.
      const file = join(root, `build/readme-${index}.mjs`);
      writeFileSync(file, block.code);
      try {
        const env = { ...process.env, VPOLL_BACKEND: '' };
        const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000, env });
        assert.is(stderr, '');
        assert.is(status, 0);
        assert.is(normalise(stdout), normalise(outputOf(block)));
      } finally {
        rmSync(file);
      }
    });
  });

/** The rows of the table of wrong arguments. */
const wrong = [...readme.matchAll(/^\| `(.+?)` +\| `(E[A-Z]+)` +\|/gm)].map(([, call, code]) => ({
  call: call!.replaceAll('\\|', '|'),
  code: code!,
}));

test('the table of wrong arguments was found', () => {
  assert.ok(wrong.length >= 25, `${wrong.length} rows`);
});

const AsyncFunction = (async () => {
  await Promise.resolve();
}).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<unknown>;

/** What the rows name: all of the library, and what the text above the table says. */
function cast(): { names: Record<string, unknown>; vp: vpoll.VPoll; end: () => void } {
  const vp = vpoll.VPoll.create({ backend: 'socketpair' });
  const closed = vpoll.VPoll.create({ backend: 'socketpair' });
  closed.close();
  const [poller, busy] = [vpoll.Poller.create(), vpoll.Poller.create()];
  poller.add(vp, vpoll.EPOLLIN);
  busy.wait().catch(() => undefined);
  const file = openSync(join(root, 'README.md'), 'r');
  const end = (): void => {
    closeSync(file);
    for (const each of [poller, busy, vp]) each.close();
  };
  return { names: { ...vpoll, vp, closed, poller, busy, file }, vp, end };
}

for (const { call, code } of wrong) {
  test(`${call}: ${code}`, async () => {
    const { names, vp, end } = cast();
    // The cell is the program: what the README shows is what runs.
    const evaluate = new AsyncFunction(...Object.keys(names), `return ${call}`);
    const before = vp.events;
    try {
      await evaluate(...Object.values(names));
      assert.unreachable('it was accepted');
    } catch (error) {
      assert.instance(error, vpoll.VPollError);
      const { code: got, errno, syscall, message } = error as vpoll.VPollError;
      assert.is(got, code);
      assert.ok(errno < 0 && syscall !== '' && message.startsWith(`${code}: `), message);
      assert.is(vp.events, before);
    } finally {
      end();
    }
  });
}

/** The files of the work tree that git knows or would add: what a clone would hold after a commit. */
function copyTree(to: string): void {
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0').filter(Boolean);
  for (const file of files) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(to, file), { recursive: true });
  }
}

/** What this machine's environment says of how a registry is reached, and nothing else of it: certificates, proxies, npm's own words. */
function reachRegistry(): NodeJS.ProcessEnv {
  const names = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_proxy|npm_config_(registry|cafile|cache))$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}

needs(test, 'git')('the first command, typed into a clean copy, prints the lines', () => {
  const block = blocks.find(({ kind }) => kind === 'sh')!;
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-clone-'));
  try {
    copyTree(folder);
    assert.not.ok(existsSync(join(folder, 'node_modules')) || existsSync(join(folder, 'build/index.js')));
    const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
    const env = { ...reachRegistry(), PATH: path, HOME: process.env.HOME };
    const { stdout, stderr, status } = spawnSync('sh', ['-ec', block.code], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 600_000,
      env,
    });
    assert.is(status, 0, stderr);
    const lines = stdout.split('\n').filter((line) => /^(timeout|GOT event)/.test(line));
    const got = (all: string[]): string[] => all.filter((line) => line !== 'timeout');
    const wanted = outputOf(block).trim().split('\n');
    assert.equal(got(lines), got(wanted));
    // A loaded machine may see a timeout more or less between two events.
    assert.ok(Math.abs(lines.length - wanted.length) <= 4, lines.join(' '));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the second command is the one that CI runs', () => {
  const [, second] = blocks.filter(({ kind }) => kind === 'sh');
  assert.is(second?.code, 'npm install-test\n');
  assert.match(readFileSync(join(root, '.ci/run'), 'utf8'), / npm install-test$/m);
});

test.run();

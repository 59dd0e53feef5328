// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: node

// README is short. Its commands are typed into a clean copy of the tree and print what stands there. Its program in C is built as docs/libvpoll.md says, and its picture is
// what tools/picture.ts draws. pages.test.ts has its programs in JavaScript.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isRelative, targetsOf } from '../../tools/links.js';
import { draw, run as runPicture } from '../../tools/picture.js';
import { copyTree } from '../support/clone.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { type Block, blocksOf } from './support/blocks.js';

const LINES_MAX = 150;
const COLUMNS_MAX = 100;

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = blocksOf('README.md');

/** The output that stands below a block. */
function outputOf(block: Block): string {
  const next = blocks[blocks.indexOf(block) + 1];
  assert.is(next?.kind, 'text', `no output below:\n${block.code}`);
  return next!.code;
}

test('it is read in two minutes, in any window', () => {
  const lines = readme.trimEnd().split('\n');
  assert.ok(lines.length <= LINES_MAX, `${lines.length} lines`);
  assert.equal(
    lines.filter((line) => line.length > COLUMNS_MAX),
    [],
  );
});

test('every block is a program, a command or an output', () => {
  assert.equal(new Set(blocks.map(({ kind }) => kind)), new Set(['js', 'c', 'text', 'sh']));
});

test('what it links to in this repository is there', () => {
  const links = targetsOf(readme).filter(isRelative);
  assert.ok(links.length > 20);
  assert.equal(
    links.filter((link) => !existsSync(join(root, link.split('#')[0]!))),
    [],
  );
});

needs(
  test,
  'cmake',
  'gcc',
)("its program in C is built as a project of cmake's, and prints what stands below it", () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-readme-'));
  try {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    symlinkSync(root, join(modules, 'vpoll'));
    const program = blocks.find(({ kind }) => kind === 'c')!;
    writeFileSync(join(folder, 'program.c'), program.code);
    const cmake = blocksOf('docs/libvpoll.md').find(({ kind }) => kind === 'cmake')!;
    writeFileSync(join(folder, 'CMakeLists.txt'), cmake.code);
    run('cmake', ['-S', folder, '-B', join(folder, 'build')]);
    run('cmake', ['--build', join(folder, 'build')]);
    assert.is(run(join(folder, 'build/program'), []), outputOf(program));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

needs(test, 'python3')('its picture is of a run, and such a run can be made', async () => {
  const words = (svg: string): string => svg.replace(/[\d.]+ ms/g, 'N ms');
  const picture = readFileSync(join(root, 'docs/picture.svg'), 'utf8');
  assert.is(words(draw(await runPicture())), words(picture));
});

/** What this machine's environment says of how a registry is reached, and nothing else of it: certificates, proxies, npm's own words. */
function reachRegistry(): NodeJS.ProcessEnv {
  const names = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_proxy|npm_config_(registry|cafile|cache))$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}

needs(test, 'git')('the first command, typed into a clean copy, prints the lines', () => {
  const block = blocks.find(({ code }) => code.includes('npm run demo'))!;
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
  const last = blocks.filter(({ kind }) => kind === 'sh').at(-1);
  assert.is(last?.code, 'npm install-test\n');
  assert.match(readFileSync(join(root, '.ci/run'), 'utf8'), / npm install-test$/m);
});

test.run();

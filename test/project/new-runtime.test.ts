// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest
// timeout: 1500

// A runtime is one file and one line: in a copy of this repository Node's own node:ffi is added by the list in CONTRIBUTING.md, and by nothing else. Then the
// library's suites run on it, under the newest Node, which alone has it.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { install } from '../../tools/newest-node.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const NAME = 'nodeffi';
const ADDED = `test/project/added/${NAME}.ts`;
const COPIED = ['assembly', 'src', 'host', 'tools', 'bench', 'docs', 'examples', 'build', 'test'];
const FILES = ['README.md', 'package.json', 'tsconfig.json'];
/** What was built of C and for Debian is large, and nobody's here. */
const LEFT_OUT = ['host/c/build', 'build/c', 'build/deb'].map((path) => join(root, path));

/**
 * Of the suites: what is koffi's (how its absence is said is in real/elsewhere), and what runs others over one more backend. A signalfd, which shows a Poller that waits by
 * a thread the signals of that thread. And what bounds memory over some 500,000 vpolls, which takes a minute.
 */
const NOT_ITS = ['real/koffi', 'real/elsewhere', 'real/limits-churn', 'real/over-', 'poller/sources'];
/** All of them take five minutes of a processor: each day a quarter. */
const PARTS = 4;

/** CI alone gets another Node, some 50 MB, and has the minutes for the suites. */
const isWanted = Boolean(process.env.CI) || process.env.VPOLL_NO_SKIP === '1';
const newest = isWanted ? install() : undefined;
const program = newest && 'program' in newest ? newest.program : '';
const withNewest = isWanted ? test : needs(test, { name: 'the newest Node, which is fetched in CI', has: false });

const copy = mkdtempSync(join(tmpdir(), 'vpoll-runtime-'));

function read(path: string): string {
  return readFileSync(join(copy, path), 'utf8');
}

/** What the list in CONTRIBUTING.md says is to be written by hand. */
function files(): string[] {
  const [, section = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('\n## To add a runtime\n');
  const items = section.split('\n## ')[0]!.match(/^\d+\. `[^`]+`/gm) ?? [];
  const all = items.map((item) => /`(.+)`/.exec(item)![1]!.replace('NAME', NAME));
  return all.filter((each) => !each.startsWith('npm '));
}

/** How each file of the list gets what is the runtime's, by its path. */
const BY_HAND: Record<string, (path: string) => string> = {
  [`host/${NAME}.ts`]: () => readFileSync(join(root, ADDED), 'utf8').replaceAll("'../../../host/", "'./"),
  'src/runtime.ts': (path) =>
    read(path)
      .replace(/^import type \{ Runtime \}/m, (line) => `import { ${NAME} } from '../host/${NAME}.js';\n${line}`)
      .replace(/^ {2}node;$/m, (line) => `  ${NAME}.isHere ? ${NAME} :\n${line}`),
};

/** Runs a command under the newest Node, which is first in PATH as well. It says of each use that it is experimental. */
function under(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = {
    ...process.env,
    PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}`,
    NODE_OPTIONS: '--experimental-ffi --disable-warning=ExperimentalWarning',
  };
  return spawnSync(program, ['--import', 'tsx', ...args], { cwd: copy, env, encoding: 'utf8', maxBuffer: 1 << 26 });
}

test('a copy is made, and the runtime added by the list', () => {
  for (const path of COPIED)
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: (from) => !LEFT_OUT.includes(from) });
  for (const path of FILES) cpSync(join(root, path), join(copy, path));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const path of files()) writeFileSync(join(copy, path), BY_HAND[path]!(path));
  // Of what was built, the bundles alone are of another source now.
  const now = new Date();
  for (const name of readdirSync(join(copy, 'build')))
    if (name.startsWith('.stamp-')) utimesSync(join(copy, 'build', name), now, now);
  rmSync(join(copy, 'build/.stamp-bundles'));
  run(process.execPath, ['--import', 'tsx', 'tools/build.ts', '--if-stale'], copy);
});

test.after(() => {
  rmSync(copy, { recursive: true });
});

test('it takes one file and one line, with its import', () => {
  assert.equal(files(), [`host/${NAME}.ts`, 'src/runtime.ts']);
  const line = (path: string): string[] => readFileSync(path, 'utf8').split('\n');
  const before = line(join(root, 'src/runtime.ts'));
  assert.equal(
    line(join(copy, 'src/runtime.ts')).filter((each) => !before.includes(each)),
    [`import { ${NAME} } from '../host/${NAME}.js';`, `  ${NAME}.isHere ? ${NAME} :`],
  );
  assert.ok(read('build/thread.text.js').includes('node:ffi'), 'its threads have it');
});

withNewest('it is chosen, and koffi is not loaded', () => {
  assert.not.ok(newest && 'reason' in newest, JSON.stringify(newest));
  const source = `
    const { VPoll, Poller, EPOLLIN } = await import('./src/index.js');
    const { here } = await import('./src/runtime.js');
    const { ${NAME} } = await import('./host/${NAME}.js');
    using vp = VPoll.create({ events: EPOLLIN });
    await using poller = Poller.create();
    poller.add(vp, EPOLLIN);
    const [{ events }] = await poller.wait();
    const maps = (await import('node:fs')).readFileSync('/proc/self/maps', 'utf8');
    console.log(here === ${NAME}, events === vp.events, /koffi/.test(maps));
  `;
  writeFileSync(join(copy, 'program.mts'), source);
  const { stdout, stderr } = under('program.mts');
  assert.is(stdout, 'true true false\n', stderr);
});

withNewest('the suites of real descriptors and of the Poller are green on it', () => {
  const suites = ['test/real/', 'test/poller/', '--without', NOT_ITS.join(), '--daily', String(PARTS)];
  const { stdout, stderr } = under('tools/test.ts', '--runtime', 'node', '--lanes', '2', ...suites);
  const [, part] = /^files: (.*)$/m.exec(stdout) ?? [];
  console.log(part);
  const last = stdout.trimEnd().split('\n').at(-1)!;
  assert.match(last, /^\d{2,} passed, 0 failed(, \d+ skipped)?$/, stdout + stderr);
});

test.run();

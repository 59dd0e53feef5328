// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// One seed, one hash: the command under Node, Bun, Deno and Chromium through @wasmer/wasi, and by the WASI of Node and of Bun.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf } from '../../tools/runtimes.js';
import { bundlePage, CHROMIUM, startBrowser } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { example, play, PRINTED, RACE } from './support/scenario.js';

const SEEDS = ['0', '1', '2', '7', '42', '18446744073709551615'];
const wasm = join(root, 'build/vpoll-sim.wasm');

/** What is run: texts with arguments. What is expected is what this process gets. */
const CASES: [text: string, args: string[]][] = [
  ...SEEDS.map((seed): [string, string[]] => [RACE, ['--hash', '--seed', seed]]),
  [RACE, ['--trace', '--seed', '3']],
  ...Object.keys(PRINTED).map((name): [string, string[]] => [example(name), []]),
];

async function wanted(): Promise<string[]> {
  const all: string[] = [];
  for (const [text, args] of CASES) all.push((await play(text, ...args)).stdout);
  return all;
}

function runAll(program: string, before: readonly string[], behind: readonly string[] = []): string[] {
  return CASES.map(([input, args]) => {
    const { status, stdout, stderr } = spawnSync(program, [...before, ...args, ...behind], {
      input,
      encoding: 'utf8',
      cwd: root,
    });
    assert.is(status, 0, `${program}: ${stderr}`);
    return stdout;
  });
}

for (const runtime of ['node', 'bun', 'deno'] as const) {
  test(`vpoll sim under ${runtime}`, async () => {
    const before = runtime === 'deno' ? ['run', '--allow-all'] : [];
    assert.equal(runAll(programOf(runtime), [...before, 'build/cli.js', 'sim'], ['-']), await wanted());
  });
}

test('node:wasi', async () => {
  const runner = join(root, 'test/scenario/support/node-wasi.mjs');
  assert.equal(runAll(programOf('node'), ['--no-warnings', runner, wasm]), await wanted());
});

test('the WASI of Bun', async () => {
  assert.equal(runAll(programOf('bun'), [wasm]), await wanted());
});

needs(test, CHROMIUM)('Chromium', async () => {
  const expected = await wanted();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: await bundlePage('test/scenario/support/in-browser.ts') });
    const base64 = readFileSync(wasm).toString('base64');
    const got: string[] = [];
    for (const [text, args] of CASES) {
      const call = `play(${JSON.stringify(base64)}, ${JSON.stringify(text)}, ${JSON.stringify(args)})`;
      const [status, stdout, stderr] = await page.evaluate<[number, string, string]>(call);
      assert.is(status, 0, stderr);
      got.push(stdout);
    }
    assert.equal(got, expected);
  } finally {
    await browser.close();
  }
});

test.run();

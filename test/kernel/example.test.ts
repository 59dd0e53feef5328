// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// The example whose kernel is an argument runs on both kernels under each runtime, and the recipes of docs/simulation.md run as they stand there.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mustPass, type ExploreOptions } from '../../src/sim/index.js';
import { programOf, type RuntimeName } from '../../tools/runtimes.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';

function runIn(folder: string, name: RuntimeName, ...args: string[]): { status: number | null; said: string } {
  const env = { ...process.env };
  // Else node:test takes this for a test of its own.
  delete env.NODE_TEST_CONTEXT;
  const { status, stdout, stderr } = spawnSync(programOf(name), args, { cwd: folder, encoding: 'utf8', timeout: 120_000, env });
  return { status, said: `${stdout}${stderr}` };
}

test('kernel-argument: the same program on the real and on the simulated kernel', () => {
  const before = runtime === 'deno' ? ['run', '--allow-all'] : [];
  const { status, said } = runIn(root, runtime, ...before, 'examples/kernel-argument/main.mjs');
  const lines = 'A LINE, ANOTHER, THE LAST';
  assert.equal([status, said], [0, `real: ${lines}\nsimulated, 200 runs: ${lines}\n`]);
});

/** The recipes of the page, by the file that their first line names. */
function recipes(): Map<string, string> {
  const page = readFileSync(join(root, 'docs/simulation.md'), 'utf8');
  return new Map(
    [...page.matchAll(/^```js\n\/\/ ([a-z.-]+\.mjs): .*\n[^]*?^```$/gm)].map(([block, name]) => [name!, block.slice(6, -4)]),
  );
}

/** What runs each, and whether it says that one test passed. */
const RUNNERS: readonly (readonly [name: string, runtime: RuntimeName, args: readonly string[], passed: RegExp])[] = [
  ['node-test.mjs', 'node', ['--test', 'node-test.mjs'], /pass 1\n/],
  ['uvu-test.mjs', 'node', ['node_modules/uvu/bin.js', '.', '^uvu-test'], /Passed:\s+1\n/],
  ['bun.test.mjs', 'bun', ['test', './bun.test.mjs'], /1 pass\n/],
  ['vitest.test.mjs', 'node', ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.mjs'], /Tests\s+1 passed/],
];

/** A project of somebody else's with the recipes in it, and a program. */
function project(programText: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-recipes-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/vpoll'));
  for (const name of ['uvu', 'vitest']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  for (const [name, text] of recipes()) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'program.mjs'), programText);
  return folder;
}

const LOST = "export async function program({ sleep }) { await sleep(1); throw new Error('lost a line'); }";

if (runtime === 'node') {
  test('the recipes pass where the program is right, and fail by its report where it is wrong', () => {
    const right = project('');
    const wrong = project(LOST);
    try {
      copyFileSync(join(root, 'examples/kernel-argument/program.mjs'), join(right, 'program.mjs'));
      for (const [name, of, args, passed] of RUNNERS) {
        assert.ok(recipes().has(name), name);
        const well = runIn(right, of, ...args);
        assert.is(well.status, 0, `${name}: ${well.said}`);
        assert.match(well.said, passed);
        const badly = runIn(wrong, of, ...args);
        assert.is.not(badly.status, 0, name);
        assert.match(badly.said, /main threw: lost a line/);
        assert.match(badly.said, /VPOLL_SIM_REPLAY=/);
        // Where the recipe gives no name, the runner has told the title.
        assert.match(badly.said, /(?:lines|every line is answered): at [\d.]+ ms main threw/);
      }
      assert.is(recipes().size, RUNNERS.length);
    } finally {
      rmSync(right, { recursive: true });
      rmSync(wrong, { recursive: true });
    }
  });
}

test('mustPass: what explore gives, or an error with its report and what the task threw', async () => {
  assert.is((await mustPass({ tasks: () => ({ main: ({ sleep }) => sleep(1) }), runs: 3 })).runs, 3);
  const thrown = new Error('mine');
  const tasks = (): ReturnType<ExploreOptions['tasks']> => ({
    main: () => {
      throw thrown;
    },
  });
  const failing = async (options: ExploreOptions): Promise<Error> =>
    mustPass(options).then(
      () => new Error('it passed'),
      (error: unknown) => error as Error,
    );
  const error = await failing({ tasks, name: 'thrower' });
  assert.match(error.message, /thrower: at [\d.]+ ms main threw: mine\n.*VPOLL_SIM_REPLAY=/s);
  assert.is(error.cause, thrown);
  const said: string[] = [];
  const told = await failing({ tasks, report: (text) => void said.push(text) });
  assert.is(said.length, 1);
  assert.match(told.message, /mine/);
  assert.match((await failing({ tasks, runs: -1 })).message, /EINVAL/);
  assert.match((await failing(undefined as unknown as ExploreOptions)).message, /EINVAL/);
});

test.run();

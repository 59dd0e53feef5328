// SPDX-License-Identifier: LGPL-2.1-or-later

// Where there is no AsyncLocalStorage, as in a browser: who shares promises between tasks is told so by name, and all else is as ever.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SimulationResult } from '../../src/sim/index.js';
import { command } from '../support/runtime.js';
import { well } from './support/simulated.js';
import { crowd } from './support/without-context-programs.js';

const [program, ...args] = command(fileURLToPath(new URL('support/without-context.ts', import.meta.url)));
const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
const found = JSON.parse(stdout || '{}') as Record<string, SimulationResult>;

test('what its kernel gives is enough for a program, whose run is the same', async () => {
  assert.ok(found.crowd, stderr);
  assert.is(found.crowd.failure, undefined);
  const { hash } = await well(crowd(), { seed: 5 });
  assert.is(found.crowd.hash, hash);
});

const SHARED = {
  deferred: /^a .*it waits for something that its kernel doesn't give/,
  race: /^a .*it went on by a promise of b, or b uses its kernel/,
  last: /^a .*it went on by a promise of b/,
  timer: /^a .*it waits for something that its kernel doesn't give/,
};

for (const [name, expected] of Object.entries(SHARED)) {
  test(`tasks that share promises are refused by name: ${name}`, () => {
    const failure = found[name]?.failure;
    assert.ok(failure, stderr);
    assert.is(failure.kind, 'foreign');
    assert.match(`${failure.task} ${failure.message}`, expected);
    assert.match(failure.message, 'has no AsyncLocalStorage');
  });
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// Where there is no AsyncLocalStorage, as in a browser: who shares promises between tasks is told so by name, and all else is as ever.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { command } from '../support/runtime.js';
import { well } from './support/simulated.js';
import { crowd, CROWD_SEED, SHARING, type Outcome } from './support/without-context-programs.js';

const [program, ...args] = command(fileURLToPath(new URL('support/without-context.ts', import.meta.url)));
const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
const found = JSON.parse(stdout || '{}') as Record<string, Outcome>;

test('what its kernel gives is enough for a program, whose run is the same', async () => {
  assert.ok(found.crowd, stderr);
  assert.is(found.crowd.failure, undefined);
  const { hash } = await well(crowd(), { seed: CROWD_SEED });
  assert.is(found.crowd.hash, hash);
});

for (const [name, { refusal }] of Object.entries(SHARING)) {
  test(`tasks that share promises are refused by name: ${name}`, () => {
    const failure = found[name]?.failure;
    assert.ok(failure, stderr);
    assert.is(failure.kind, 'foreign');
    assert.match(`${failure.task} ${failure.message}`, refusal);
    assert.match(failure.message, 'has no AsyncLocalStorage');
  });
}

test.run();

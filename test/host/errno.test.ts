// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// errno is read by a second call after the one that failed, and nothing of the engine's own may come between that changes it.

import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../support/run.js';
import { command } from '../support/runtime.js';

const program = fileURLToPath(new URL('support/errno-stress.ts', import.meta.url));

test('300,000 failing calls, and as many in a Worker beside them: each result is its own errno', () => {
  const [node, ...args] = command(program, { gc: true, smallHeap: true });
  const said = JSON.parse(run(node, args)) as { calls: number; wrong: number }[];
  assert.equal(said, [
    { calls: 300_000, wrong: 0 },
    { calls: 300_000, wrong: 0 },
  ]);
});

test.run();

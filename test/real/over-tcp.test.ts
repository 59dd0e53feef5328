// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// The suites that run over the backend that VPOLL_BACKEND names, over tcp: what is true of every vpoll is true of these.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runFile } from '../../tools/run-file.js';
import { needs } from '../support/needs.js';
import { runtime } from '../support/runtime.js';
import { isHere } from './support/backend.js';

const onTcp = needs(test, { name: 'loopback', has: isHere('tcp') }, 'python3');

/** Under every runtime: what its own ways of calling and of starting processes may make different. */
const EACH = ['real/ping-pong', 'real/sharing', 'real/survivors', 'real/workers'];
/** Under Node alone: what depends on the backend and not on the runtime. */
const ONCE = [
  ...[
    'arguments',
    'attach',
    'defect-07',
    'defect-08',
    'defect-10',
    'edges',
    'elsewhere',
    'lifetime',
    'limits-emfile',
    'limits-many',
    'masks',
  ].map((name) => `real/${name}`),
  ...['real/reused-number', 'real/sharing-race', 'real/sharing-random', 'real/wakeups', 'docs/syscalls'],
];

process.env.VPOLL_BACKEND = 'tcp';

for (const name of runtime === 'node' ? [...EACH, ...ONCE] : EACH) {
  onTcp(`test/${name} over tcp`, async () => {
    const { failed, passed, skipped, output } = await runFile(`test/${name}.test.ts`, runtime);
    assert.is(failed, 0, output);
    assert.ok(passed > 0 && skipped === 0, output);
  });
}

test.run();

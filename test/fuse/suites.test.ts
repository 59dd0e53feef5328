// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// The suites of test/real, which run over the backend that VPOLL_BACKEND names, over a helper: what is true of every vpoll is true of these.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runFile } from '../../tools/run-file.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

/** Under every runtime: what its own ways of calling and of starting processes may make different. */
const EACH = ['arguments', 'attach', 'edges', 'sharing', 'workers'];
/** Under Node alone: what depends on the backend and not on the runtime. */
const ONCE = [
  ...['defect-07', 'defect-08', 'defect-10', 'elsewhere', 'lifetime', 'limits-emfile', 'limits-many', 'masks', 'property'],
  ...['reused-number', 'sharing-race', 'sharing-random', 'supports', 'survivors', 'wakeups'],
];

process.env.VPOLL_BACKEND = 'fuse';

for (const name of runtime === 'node' ? [...EACH, ...ONCE] : EACH) {
  withFuse('python3')(`test/real/${name} over fuse`, async () => {
    const { failed, passed, output } = await runFile(`test/real/${name}.test.ts`, runtime);
    assert.is(failed, 0, output);
    assert.ok(passed > 0);
  });
}

withFuse('python3', 'cc')('examples/message-socket over fuse: PRI on a stock kernel', async () => {
  const { failed, passed, output } = await runFile('test/docs/message-socket.test.ts');
  assert.is(failed, 0, output);
  assert.ok(passed > 0);
});

test.run();

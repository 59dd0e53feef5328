// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: not newest, one helper

// What all this is for, over a helper: examples/message-socket, whose own tests take what `needs` finds.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runFile } from '../../tools/run-file.js';
import { withFuse } from './support/helper.js';

process.env.VPOLL_BACKEND = 'fuse';

withFuse('python3', 'cc')('examples/message-socket over fuse: PRI on a stock kernel', async () => {
  const { failed, passed, output } = await runFile('test/docs/message-socket.test.ts');
  assert.is(failed, 0, output);
  assert.ok(passed > 0);
});

test.run();

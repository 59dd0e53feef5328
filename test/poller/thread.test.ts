// SPDX-License-Identifier: LGPL-2.1-or-later

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createThreadSources } from '../../host/thread/source.js';
import { openLibc } from '../../src/runtime.js';
import { countFds, settle } from '../real/support/libc.js';

test.before(settle);

test("a thread that can't be started is said, and leaves no descriptor", () => {
  const refuse = (): never => {
    throw new Error('no thread');
  };
  const open = createThreadSources(openLibc(), '', { start: refuse, hint: () => undefined, threadFds: 2 });
  const before = countFds();
  for (let i = 0; i < 3; i++) assert.throws(() => open(0, () => undefined), 'no thread');
  assert.is(countFds(), before);
});

test.run();

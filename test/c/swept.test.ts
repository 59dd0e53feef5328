// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: node, not newest

// A program that closes every descriptor, as daemons do, over each backend of a stock kernel: the library says EBADF and begins anew, and misreads nothing. A child that does it
// harms nobody.

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { allEnd } from './support/helpers.js';
import { compile, execute } from './support/library.js';

for (const backend of ['socketpair', 'tcp', 'fuse']) {
  const device = { name: '/dev/fuse', has: existsSync('/dev/fuse') };
  const register = needs(test, 'cmake', 'gcc', ...(backend === 'fuse' ? [device] : []));
  for (const [word, what] of [
    ['here', 'close_range(3, ~0) in the program: EBADF, whatever has the numbers then, which stays as it is; the next ones work'],
    ['child', 'close_range(3, ~0) in a child that executes, makes its own, or stays: the others are as they were'],
  ] as const) {
    register(`${backend}: ${what}`, async () => {
      const { status, signal, output, errors } = execute(compile('swept.c'), {
        args: [backend, word],
        env: { VPOLL_BACKEND: backend },
        timeoutMs: 60_000,
      });
      assert.is(status, 0, `${signal}: ${output}${errors}`);
      // No helper stays for what nobody has any more.
      await allEnd();
    });
  }
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest
// alone

// `systemctl stop` of a service with libvpoll: SIGTERM to all of its control group, the helper among them, while the program goes on for a time.

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { stop } from '../support/unit.js';
import { compile } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });

for (const [how, VPOLL_BACKEND] of [
  ['by itself', 'auto'],
  ['as it was told to', 'fuse'],
] as const) {
  withFuse(
    `SIGTERM to the helper and to the program, which has started it ${how}: it drains, and its waiter sees no ERR`,
    async () => {
      const { status, output, errors, told } = await stop([compile('drain.c'), '200'], { VPOLL_BACKEND }, /^vpoll-fuse$/);
      assert.is(status, 0, `${output}${errors}`);
      assert.is(output, 'fuse\ndrained\n');
      assert.equal([...told].sort(), ['drain.c', 'vpoll-fuse']);
    },
  );
}

test.run();

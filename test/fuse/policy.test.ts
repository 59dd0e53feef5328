// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What a helper is started by, as data: what mount(8) is told of each way, and that the two of them are tried in order.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IGNORED, mountOptions, MOUNTS } from '../../src/fuse/policy.js';
import { IGNORE_SIGNALS } from '../../src/fuse/mount-ways.js';
import { root } from '../support/run.js';

test('root mounts for all and for its group, a user namespace for itself', () => {
  assert.equal(
    MOUNTS.map((way) => [way.isRoots, mountOptions(way, 7)]),
    [
      [true, 'fd=3,rootmode=100666,nosuid,nodev,noexec,user_id=0,group_id=7,allow_other'],
      [false, 'fd=3,rootmode=100666,nosuid,nodev,noexec,user_id=0,group_id=0'],
    ],
  );
});

test('a script begins by ignoring what ends programs', () => {
  assert.is(IGNORE_SIGNALS, "trap '' INT TERM HUP QUIT USR1 USR2\n");
  assert.equal(Object.values(IGNORED), [2, 15, 1, 3, 10, 12]);
});

test('no C of the fuse backend has a number or a text of the policy for itself', () => {
  const helper = readdirSync(join(root, 'host/c/helper')).map((name) => `helper/${name}`);
  for (const name of ['fuse.c', ...helper]) {
    const text = readFileSync(join(root, 'host/c', name), 'utf8');
    assert.not.match(text, /\b20000\b|rootmode|allow_other|"ready|MS_NODEV \||SIGQUIT|ECONNABORTED/, name);
  }
});

test.run();

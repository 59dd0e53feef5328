// SPDX-License-Identifier: LGPL-2.1-or-later

// The examples run as they stand, and print what they promise.

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const withPython = needs(test, 'python3');

function runExample(name: string): string[] {
  const stdout = execFileSync(process.execPath, [`examples/${name}`], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  return stdout.trim().split('\n');
}

withPython('python.mjs: an unmodified python sees each mask', () => {
  assert.equal(runExample('python.mjs'), ['python sees 0x1', 'python sees 0x4', 'python sees 0x11']);
});

withPython("two-processes.mjs: the seed's lines", () => {
  const lines = runExample('two-processes.mjs');
  const kernel = lines.at(-1) === 'GOT event 10';
  assert.equal(
    lines.filter((line) => line !== 'timeout'),
    ['GOT event 1', 'GOT event 1', 'GOT event 4', kernel ? 'GOT event 10' : 'GOT event 2011'],
  );
});

withPython('poller.mjs: batches, a listener and a watch, beside an unmodified python', () => {
  assert.equal(runExample('poller.mjs'), [
    'at the timeout: []',
    'first: IN',
    'listener: IN',
    'python waits',
    'python sees 0x1',
    'watch: IN',
    'watch: IN|OUT',
    'watch: IN|HUP',
  ]);
});

test.run();

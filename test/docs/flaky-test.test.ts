// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: not newest

// docs/flaky-test.md is played from its top to its bottom: each command prints what stands below it.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';
import { playSession } from './support/session.js';

test('each command prints what stands below it', () => {
  // Below the built package, whose name the programs import.
  const folder = mkdtempSync(join(root, 'build/session-'));
  const commands: string[] = [];
  try {
    for (const { command, shown, printed, status } of playSession('docs/flaky-test.md', folder)) {
      commands.push(command);
      // The flaky test: what it prints when it fails the page doesn't say.
      if (command === 'node flaky.mjs' && status !== 0) continue;
      if (shown === undefined) assert.match(printed, /pass 3\n/, command);
      else assert.is(printed, shown, command);
      assert.is(status, 0, `${command}: ${printed}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.is(commands.length, 8, commands.join('\n'));
});

test.run();

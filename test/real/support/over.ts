// SPDX-License-Identifier: LGPL-2.1-or-later

// The files that say that they run over more backends than one (tools/where.ts), over one that isn't this machine's first. What is true of every vpoll must be true
// of it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partOfDay } from '../../../tools/daily.js';
import { runFile } from '../../../tools/run-file.js';
import { isAgain, type Socket, testFiles } from '../../../tools/where.js';
import { needs } from '../../support/needs.js';
import { runtime } from '../../support/runtime.js';
import { isHere } from './backend.js';

/** Registers a test for each of the day's half of them, over this backend, and runs them. */
export function runOver(backend: Socket): void {
  const here = needs(test, { name: backend === 'tcp' ? 'loopback' : backend, has: isHere(backend) }, 'python3');
  process.env.VPOLL_BACKEND = backend;
  const { part, line } = partOfDay(
    testFiles().filter(({ where }) => isAgain(where.over[backend], runtime)),
    2,
  );
  console.log(`over ${backend}: ${line}`);
  for (const { file } of part) {
    here(`${file.replace('.test.ts', '')} over ${backend}`, async () => {
      const { failed, passed, skipped, output } = await runFile(file, runtime);
      assert.is(failed, 0, output);
      assert.ok(passed > 0 && skipped === 0, output);
    });
  }
  test.run();
}

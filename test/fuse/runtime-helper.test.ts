// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: one helper

// The day's half of the files that say that they run with every helper (tools/where.ts), with the one that a runtime runs. That serves where the native one can't be
// executed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partOfDay } from '../../tools/daily.js';
import { runFile } from '../../tools/run-file.js';
import { isAgain, testFiles } from '../../tools/where.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

process.env.VPOLL_FUSE = 'runtime';

const { part, line } = partOfDay(
  testFiles().filter(({ where }) => isAgain(where.withRuntimeHelper, runtime)),
  2,
);
console.log(line);

for (const { file } of part) {
  withFuse('python3')(`${file.replace('.test.ts', '')} with the runtime's helper`, async () => {
    const { failed, passed, output } = await runFile(file, runtime);
    assert.is(failed, 0, output);
    assert.ok(passed > 0);
  });
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bySelftest, resultsOf } from './selftest.js';

const output = `TAP version 13
1..2
# Starting 2 tests from 1 test cases.
#  RUN           global.one ...
#            OK  global.one
ok 1 global.one
#  RUN           global.two ...
# two.c:12:two:Expected 1 (1) == 2 (2)
not ok 2 global.two
# FAILED: 1 / 2 tests passed.
# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
`;

function counts(text: string, status: number): number[] {
  const { passed, failed } = bySelftest(text, status);
  return [passed, failed];
}

test('the results of a program of kselftest_harness.h', () => {
  assert.equal(resultsOf(output), ['ok global.one', 'not ok global.two']);
});

test('one that failed a test, died, or ran none', () => {
  assert.equal(counts(output, 1), [1, 1]);
  assert.equal(counts(output.replace('not ok', 'ok'), 0), [2, 0]);
  assert.equal(counts(output.replace('not ok', 'ok'), 139), [2, 1]);
  assert.equal(counts('1..0\n', 0), [0, 1]);
});

test.run();

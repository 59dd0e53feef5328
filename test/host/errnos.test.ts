// SPDX-License-Identifier: LGPL-2.1-or-later

// One suite for the boundary: every call, on every host, answers with the same number, and the fake kernel answers as this one does.
// Under Node, Bun and Deno the runner runs it over each one's libc.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countFds, settle } from '../real/support/libc.js';
import { CASES } from './support/cases.js';
import { CALLS, FakeSide, nameOf, RealSide, type Side } from './support/side.js';

test.before(settle);

const sides: Side[] = [new RealSide(), new FakeSide()];

for (const call of CALLS) {
  test(`${call}: ${CASES.filter((each) => each.call === call).length} cases`, () => {
    const cases = CASES.filter((each) => each.call === call);
    assert.ok(cases.length > 0);
    for (const { what, expected, run } of cases) {
      for (const side of sides) {
        try {
          assert.is(nameOf(run(side)), expected, `${side.name}: ${call}, ${what}`);
        } finally {
          side.end();
        }
      }
    }
  });
}

test('every case has closed what it opened', () => {
  const before = countFds();
  for (const { run } of CASES) {
    run(sides[0]!);
    sides[0]!.end();
  }
  assert.is(countFds(), before);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// How `vpoll doctor` lays out what it found: the answer first, a column for each backend, and backend below backend where that is wider than the page.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../src/backends.js';
import { inWords } from '../../src/cli/doctor-text.js';
import { KNOWN, unknownOf } from '../../src/cli/variables.js';
import { BITS } from '../../src/doctor/examine.js';
import { REPORT_VERSION, type BackendReport, type Report } from '../../src/doctor/types.js';
import { formatEvents } from '../../src/events.js';

const NAMES = BITS.map((bit) => formatEvents(bit));
const all = { exact: true, reversible: true, wakes: true, edge: true };
const none = { exact: false, reversible: false, wakes: false, edge: false };
const LONG = 'a reason that is much longer than a line of a narrow terminal has columns, and goes on after that';

function backend(name: string, i: number): BackendReport {
  const costs = { ctl_ns: 3000 + i, wake_ns: 40_000 + i, fds: i, bytes: 1234567 };
  if (i === 0)
    return {
      name,
      available: false,
      reason: LONG,
      remedy: LONG,
      bits: {},
      ctl_ns: null,
      wake_ns: null,
      fds: null,
      bytes: null,
      unmeasured: null,
    };
  return {
    name,
    available: true,
    reason: null,
    remedy: null,
    unmeasured: null,
    bits: Object.fromEntries(NAMES.map((bit) => [bit, bit === 'MSG' ? none : all])),
    ...costs,
  };
}

const report: Report = {
  version: REPORT_VERSION,
  kernel: '6.1',
  unknown: [],
  create: { backend: 'tcp', exact: false, by: [], limit: 'only shows IN', reason: LONG, remedy: 'do this' },
  backends: BACKENDS.slice(1).map(backend),
};

const write = (columns: number): string => inWords(report, columns, (_, text) => text);

test('the answer is first, in three parts', () => {
  const [first, second, third, empty] = write(200).split('\n');
  assert.is(first, 'create() takes: tcp');
  assert.is(second, 'it shows:       only shows IN');
  assert.is(third, `to get better:  no helper of fuse is started: ${LONG}; do this`);
  assert.is(empty, '');
});

test('a variable that vpoll does not know is named below the answers, and none that it knows', () => {
  assert.equal(unknownOf(['PATH', 'VPOLL_NEEDS', 'VPOLL_BAKEND', ...KNOWN]), ['VPOLL_BAKEND']);
  const lines = inWords({ ...report, unknown: ['VPOLL_BAKEND'] }, 200, (_, text) => text).split('\n');
  assert.ok(lines[3]!.startsWith('not known:      VPOLL_BAKEND (vpoll reads VPOLL_BACKEND, VPOLL_NEEDS,'), lines[3]);
  assert.is(lines.filter((line) => line.startsWith('not known:')).length, 1);
  assert.not.match(write(200), 'not known');
});

test('no line is wider than the page', () => {
  for (const columns of [200, 80, 60, 40]) {
    const long = write(columns)
      .split('\n')
      .filter((line) => line.length > columns);
    assert.equal(long, [], String(columns));
  }
});

test('at 80 columns there is a matrix; at 40 the same is said backend by backend', () => {
  assert.match(write(80), new RegExp(`^ +${BACKENDS.slice(1).join(' +')}$`, 'm'));
  assert.match(write(80), /^MSG +- +---- +---- /m);
  const text = write(40);
  for (const { name, available, wake_ns } of report.backends) {
    const block = text.slice(text.indexOf(`\n${name}\n`) + 1).split('\n\n')[0]!;
    assert.is(block.split('\n')[0], name);
    if (!available) assert.match(block, 'not available');
    else for (const bit of NAMES) assert.match(block, new RegExp(`^  ${bit} +${bit === 'MSG' ? '----' : 'xrwe'}$`, 'm'));
    if (available) assert.match(block, new RegExp(`^  wake ns +${wake_ns}$`, 'm'));
  }
});

test('where a variable has chosen, that is named, and what to do about it', () => {
  const create = { backend: null, exact: false, by: ['VPOLL_BACKEND=zzz'], limit: null, reason: 'EINVAL: x', remedy: null };
  const [first, second, third] = inWords({ ...report, create }, 80, (_, text) => text).split('\n');
  assert.equal(
    [first, second, third],
    [
      'create() takes: nothing (VPOLL_BACKEND=zzz)',
      'it shows:       nothing: EINVAL: x',
      'to get better:  unset VPOLL_BACKEND, or say another',
    ],
  );
});

test.run();

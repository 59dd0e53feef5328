// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { byCounts, byStatus, scriptOf, type Step, timeoutOf, verdictsOf } from './steps.js';

function counts(output: string, status: number): number[] {
  const { passed, failed } = byCounts(output, status);
  return [passed, failed];
}

test('counts: what a program says of itself', () => {
  assert.equal(counts('a\n3 passed, 0 failed\n', 0), [3, 0]);
  assert.equal(counts('3 passed, 2 failed\n', 1), [3, 2]);
  assert.equal(counts('1 passed, 0 failed\n2 passed, 0 failed, 4 skipped\n', 0), [2, 0]);
});

test('counts: a program that died, said nothing or tested nothing failed', () => {
  assert.equal(counts('3 passed, 0 failed\n', 139), [3, 1]);
  assert.equal(counts('', 0), [0, 1]);
  assert.equal(counts('0 passed, 0 failed\n', 0), [0, 1]);
});

/** As a guest runs them, by this machine's shell. */
function ran(steps: Step[], change = (output: string): string => output): number[][] {
  const { stdout } = spawnSync('sh', ['-c', scriptOf(steps, 1)], { encoding: 'utf8' });
  return verdictsOf(steps, change(stdout)).map(({ passed, failed }) => [passed, failed]);
}

const good: Step = { name: 'good', command: ['sh', '-c', 'echo "$MANY passed, 0 failed"'], env: { MANY: '7' } };
const bad: Step = { name: 'bad', command: ['false'], judge: byStatus };
const slow: Step = { name: 'slow', command: ['sleep', '60'], timeout_s: 1, judge: byStatus };

test('each step has a verdict of its own, and one that fails ends nothing', () => {
  assert.equal(ran([bad, good, slow, good]), [
    [0, 1],
    [7, 0],
    [0, 1],
    [7, 0],
  ]);
});

test('words reach the program as they are', () => {
  const words = ["it's", 'a b', '$HOME', '"', '\\n', ''];
  const judge: Step['judge'] = (output) => ({
    passed: output === words.map((word) => `<${word}>\n`).join('') ? 1 : 0,
    failed: 0,
  });
  assert.equal(ran([{ name: 'words', command: ['printf', '<%s>\\n', ...words], judge }]), [[1, 0]]);
});

test('a guest that died failed the step in which it did, and those after it', () => {
  const steps = [good, good, good];
  const cut = (output: string): string => output.slice(0, output.indexOf('end 1'));
  assert.equal(ran(steps, cut), [
    [7, 0],
    [0, 1],
    [0, 1],
  ]);
});

test('a kernel that speaks in between changes nothing', () => {
  const speak = (output: string): string => output.replace('\x1eend 0', 'vpoll: loading out-of-tree module\n\x1eend 0');
  assert.equal(ran([good], speak), [[7, 0]]);
});

test('the guest has time for all', () => {
  assert.ok(timeoutOf([good, slow]) > 61);
});

test.run();

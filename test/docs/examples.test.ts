// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, vm library

// The examples run as they stand, and print what they promise.

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const withPython = needs(test, 'python3');

function runExample(name: string, ...args: string[]): string[] {
  const stdout = execFileSync(process.execPath, [`examples/${name}`, ...args], { cwd: root, encoding: 'utf8', timeout: 30_000 });
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

test('lost-wakeup.mjs: the bug is found, made small, and seen again by the command that is printed; the right reactor passes', () => {
  const lines = runExample('lost-wakeup.mjs');
  const command = lines.find((line) => line.startsWith('replay: '))!.slice('replay: '.length);
  assert.match(
    lines.at(-2)!,
    /^found in run \d+ \(seed \d+\): stuck, nobody will wake reactor: reactor waits for a wait of a Poller since [\d.]+ ms$/,
  );
  const replayed = execFileSync('/bin/sh', ['-c', command], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  assert.match(replayed, /^found in run 1: stuck/m);
  const hash = /hash is (\w+)/.exec(lines.at(-1)!)![1]!;
  assert.match(replayed, hash);
  assert.equal(runExample('lost-wakeup.mjs', 'fixed'), ['1000 runs, all well']);
});

test("simulated-demos.mjs: the seed's lines", () => {
  const kernel = ['timeout...', ...['1', '1', '3', '2', '4', '10'].flatMap((events) => ['timeout...', `GOT event ${events}`])];
  assert.equal(runExample('simulated-demos.mjs', 'eventfd'), kernel);
  assert.equal(runExample('simulated-demos.mjs', 'device'), kernel);
  assert.equal(
    runExample('simulated-demos.mjs', 'libvpoll'),
    ['1', '1', '4', '2011'].flatMap((events) => ['timeout', 'timeout', `GOT event ${events}`]),
  );
});

test.run();

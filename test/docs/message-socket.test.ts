// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, vm message-socket

// The worked example: an unmodified C program waits for urgent data on a socket of a stack in TypeScript beside a real TCP socket. Where
// vpolls are files (a guest of test/vm) all of it; on a socketpair, which can't show PRI, what it says of that, and the rest.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLPRI } from '../../src/constants.js';
import { BACKEND, IS_FILE, offerOfFiles } from '../real/support/backend.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { commandsOf } from './support/blocks.js';
import { INDEX } from './support/index-command.js';

const withTools = needs(test, 'cc', 'python3');

function run(...args: string[]): { status: number | null; lines: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'examples/message-socket/main.ts', ...args],
    { cwd: root, encoding: 'utf8', timeout: 120_000, env: { ...process.env, VPOLL_BACKEND: BACKEND } },
  );
  return { status, lines: stdout.trim().split('\n'), stderr };
}

/** What the index of the examples shows. */
const ALL = commandsOf(INDEX)
  .find(({ code }) => code.includes('message-socket/main.ts'))!
  .output.trim()
  .split('\n');

if (IS_FILE) {
  withTools(`${BACKEND}: one poll(2) waits for POLLPRI on both, and recv(2) gets the urgent message of each`, () => {
    assert.equal(run(), { status: 0, lines: ALL, stderr: '' });
  });
} else {
  withTools('socketpair: no PRI here is said before anything begins, with the errno and what would help', () => {
    const { status, lines, stderr } = run();
    assert.equal([status, lines], [1, ['']]);
    assert.match(stderr, /^errno -95, EOPNOTSUPP: .*IN\|PRI/);
    assert.match(stderr, offerOfFiles(EPOLLIN | EPOLLPRI));
  });
}

withTools(`${BACKEND}: without urgent messages of its own it works on every kernel`, () => {
  const lines = ALL.filter((line) => line !== 'given socket: urgent stop');
  assert.equal(run('--in-band'), { status: 0, lines, stderr: '' });
});

test.run();

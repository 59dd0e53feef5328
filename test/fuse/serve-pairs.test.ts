// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: not newest, every helper by node, vm emulators/fuse

// Two `vpoll serve` on one path, started together: one serves, the other says EEXIST and takes nothing away; then the path is free again.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serve } from '../../src/fuse/serve.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { start, type Running } from './support/cli.js';
import { withFuse } from './support/helper.js';
import { isAlive, until } from './support/process.js';

const root = { name: 'root', has: process.geteuid!() === 0 };
const PAIRS = 4;

function isServing(running: Running): boolean {
  return running.said().includes('\n');
}

/** Starts two, kills the one that serves by `signal`, and waits until all is as it was. */
async function playPair(path: string, before: readonly string[], signal: NodeJS.Signals): Promise<void> {
  const pair = [0, 1].map(() => start(['serve', path], before));
  try {
    await until('both have decided', () => pair.every((one) => isServing(one) || one.process.exitCode !== null));
    const winners = pair.filter((one) => one.process.exitCode === null);
    const losers = await Promise.all(pair.filter((one) => !winners.includes(one)).map((one) => one.outcome));
    assert.equal(
      losers.map(({ status, stdout }) => [status, stdout]),
      [[1, '']],
    );
    assert.match(losers[0]!.stderr, /^vpoll serve: EEXIST: [^\n]* is served already[^\n]*\n$/);
    const [winner] = winners;
    // It serves still: its helper says what it is, no matter who else has come and gone.
    assert.is(mountsSeenBy(winner!.process.pid!, path), 1);
    process.kill(winner!.process.pid!, signal);
    const { status, signal: endedBy } = await winner!.outcome;
    assert.is(status ?? endedBy, signal === 'SIGKILL' ? signal : 0);
  } finally {
    for (const one of pair) if (isAlive(one.process.pid!)) one.process.kill('SIGKILL');
  }
}

async function assertRejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  assert.match(error?.message ?? 'nothing was refused', message);
}

/** How many mounts a process sees on a file. */
function mountsSeenBy(pid: number, path: string): number {
  return readFileSync(`/proc/${pid}/mounts`, 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[1] === path).length;
}

/** Runs `use` beside a process in whose mount namespace every user may open /dev/fuse. */
async function withNamespace(use: (holder: number) => Promise<void>): Promise<void> {
  const holder = spawn('env', [...withFuseForAll(), 'sleep', '600'], { stdio: 'ignore' });
  try {
    await until('the namespace is made', () => readFileSync(`/proc/${holder.pid}/comm`, 'utf8') === 'sleep\n');
    await use(holder.pid!);
  } finally {
    holder.kill('SIGKILL');
  }
}

withFuse(root)('two that begin at the very same time: one serves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-pairs-'));
  const path = join(folder, 'vpoll');
  try {
    for (let i = 0; i < PAIRS; i++) {
      let serving = 0;
      // Within one process each has looked for the other before either has mounted anything.
      const pair = [0, 1].map(() => serve({ path, maxPerUid: 8, onReady: () => serving++ }));
      const settled = Promise.allSettled(pair);
      await assertRejects(Promise.race(pair), /^EEXIST: .* is served already/);
      await until('one serves', () => serving > 0);
      assert.is(mountsSeenBy(process.pid, path), 1);
      process.kill(process.pid, 'SIGTERM');
      assert.equal((await settled).map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.equal([serving, mountsSeenBy(process.pid, path), readdirSync(folder)], [1, 0, []]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [who, user] of [
  ['root', []],
  ['another user', USER],
] as const) {
  for (const isThere of [false, true]) {
    const where = isThere ? 'a file that is there' : 'a file that is made';
    withFuse(
      'setpriv',
      'fusermount3',
      'nsenter',
      root,
    )(`${who}, ${where}: one of two serves, and leaves nothing`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vpoll-pairs-'));
      chmodSync(folder, 0o777);
      const path = join(folder, 'vpoll');
      if (isThere) {
        writeFileSync(path, '');
        chmodSync(path, 0o666);
        if (user.length > 0) chownSync(path, 65534, 65534);
      }
      try {
        await withNamespace(async (holder) => {
          for (let i = 0; i < PAIRS; i++) {
            // nsenter(1) goes to the root of that namespace.
            const before = ['nsenter', '-m', '-t', `${holder}`, 'env', '-C', process.cwd(), ...user];
            await playPair(path, before, i % 2 === 0 ? 'SIGKILL' : 'SIGINT');
            await until('all is gone', () => mountsSeenBy(holder, path) + readdirSync(folder).length === Number(isThere));
          }
        });
        if (isThere) assert.is(statSync(path).mode & 0o7777, 0o666);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

test.run();

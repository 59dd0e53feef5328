// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: node, not newest

// A helper that hangs, or another program in its place: it says nothing. A program that hasn't asked for one waits a short time, one that has asked a long
// time. Nothing is left of the helper.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, UNASKED_PATIENCE_MS } from '../../src/fuse/policy.js';
import { putChanged, type Change } from '../support/helpers.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { forgetUnder, under } from '../support/under.js';
import { compile, execute } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });

const withRoot = needs(test, 'cmake', 'gcc', {
  name: 'root and /dev/fuse',
  has: process.getuid?.() === 0 && existsSync('/dev/fuse'),
});

const folder = mkdtempSync(join(tmpdir(), 'vpoll-silent-'));
/** Where each library here looks for its helper. */
const HELPER = join(folder, 'vpoll-fuse');

test.after(() => {
  forgetUnder();
  rmSync(folder, { recursive: true });
});

/** The outcome of a program that has a library with these changes, and that helper. */
function tryOut(
  name: string,
  changes: readonly Change[],
  words: string,
  before: readonly string[] = [],
): { lines: string[]; ms: number; left: string[] } {
  const place = join(folder, name);
  const build = join(place, 'build');
  putChanged(place, changes);
  run('cmake', ['-S', join(place, 'host/c'), '-B', build, `-DVPOLL_HELPER=${HELPER}`, '-DCMAKE_C_FLAGS=-O1 -w']);
  run('cmake', ['--build', build, '--target', 'vpoll', '--parallel', '2']);
  copyFileSync(compile('silent.c'), HELPER);
  const [program, ...args] = [...before, compile('carrier.c'), ...words.split(' ')];
  const began = performance.now();
  const { status, signal, output, errors } = execute(program!, { args, env: { LD_LIBRARY_PATH: build }, timeoutMs: 60_000 });
  const ms = performance.now() - began;
  assert.is(status, 0, `${signal}: ${output}${errors}`);
  const left = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === HELPER;
    } catch {
      return false;
    }
  });
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  return { lines: output.trimEnd().split('\n'), ms, left };
}

withFuse('nobody has asked for it: the next backend serves after a short time, once for all; it is ended', () => {
  const { lines, ms, left } = tryOut('unasked', [], 'create create create');
  assert.equal(lines, Array(3).fill('tcp 0x2155'));
  assert.ok(ms >= UNASKED_PATIENCE_MS && ms < 2 * UNASKED_PATIENCE_MS + 2000, `${ms} ms`);
  assert.equal(left, []);
});

withFuse('who has asked waits longer, and hears that there is none; it is ended, and reaped by who adopts it', () => {
  // Shorter than in earnest, and the other far longer, so that they can't be taken for one another.
  const short: Change = ['core/policy.h', `PATIENCE_MS ${PATIENCE_MS}`, 'PATIENCE_MS 500'];
  const other: Change = ['core/policy.h', `UNASKED_PATIENCE_MS ${UNASKED_PATIENCE_MS}`, 'UNASKED_PATIENCE_MS 60000'];
  const { lines, ms, left } = tryOut('asked', [short, other], 'prepare prepare reap', under('subreaper'));
  assert.equal(lines, ['prepare 110', 'prepare 110']);
  assert.ok(ms >= 1000 && ms < 20_000, `${ms} ms`);
  assert.equal(left, []);
});

withRoot('in another pid namespace, where its number is another, it is ended all the same', () => {
  const short: Change = ['core/policy.h', `PATIENCE_MS ${PATIENCE_MS}`, 'PATIENCE_MS 500'];
  const { lines, left } = tryOut('elsewhere', [short], 'otherpid prepare');
  assert.equal(lines, ['prepare 110']);
  assert.equal(left, []);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every helper by node

// A process ends as it wants to, also while one of its threads waits for a helper that is stopped.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { command, runtime } from '../support/runtime.js';
import { create, withFuse } from './support/helper.js';
import { gone, isAlive, until } from './support/process.js';

const program = fileURLToPath(new URL('programs/stopped.ts', import.meta.url));

const WAYS = [
  ['exit', 3, ''],
  ['throw', 1, 'TypeError: of its own'],
  ['fall', 0, ''],
  ['close', 0, ''],
] as const;

/** Starts the program, and has it end; `prepare` is called when it has its vpolls. */
async function ends(how: string, fd: number | undefined, prepare: () => Promise<void> | void) {
  const [first, ...args] = command(program);
  const whose = fd === undefined ? 'own' : 'inherited';
  const child = spawn(first, [...args, how, whose], { stdio: ['pipe', 'pipe', 'pipe', fd ?? 'ignore'] });
  const [stdin, out, err] = child.stdio as [Writable, Readable, Readable, null, null];
  let [stdout, stderr] = ['', ''];
  out.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  err.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let isOver = false;
  child.once('close', () => (isOver = true));
  try {
    await until('it has its vpolls', () => isOver || stdout.includes('\n'));
    await prepare();
    stdin.end('go\n');
    await until('it ends', () => isOver);
  } finally {
    child.kill('SIGKILL');
    const pid = Number(/^helper (\d+)$/m.exec(stdout)?.[1]);
    if (pid > 0 && isAlive(pid)) {
      process.kill(pid, 'SIGCONT');
      await gone(pid);
    }
  }
  return { status: child.exitCode, stdout, stderr };
}

for (const [how, code, said] of WAYS) {
  // Deno tells nobody of an end by an error, and a thread whose request was read by then holds it.
  if (runtime === 'deno' && how === 'throw') continue;
  withFuse()(`its helper is stopped, and the process ends: ${how}`, async () => {
    const { status, stdout, stderr } = await ends(how, undefined, () => undefined);
    assert.is(status, code, stderr);
    if (how !== 'throw') assert.match(stdout, 'a listener', 'listeners that came later run as well');
    assert.match(stderr, said);
  });

  if (how !== 'exit' && how !== 'throw') continue;
  withFuse()(`another's helper is stopped, and the process ends: ${how}`, async () => {
    using vp = create();
    const helper = helperPid();
    try {
      const { status, stdout, stderr } = await ends(how, vp.fd, async () => {
        process.kill(helper, 'SIGSTOP');
        await until('it is stopped', () => /\) T /.test(readFileSync(`/proc/${helper}/stat`, 'utf8')));
      });
      assert.is(status, code, stderr);
      if (how !== 'throw') assert.match(stdout, 'a listener');
      assert.match(stderr, said);
    } finally {
      process.kill(helper, 'SIGCONT');
    }
  });
}

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// A file that `vpoll serve` serves while a test looks at it.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { start, type Outcome, type Running } from './cli.js';
import { mounts, until } from './process.js';

/** Ends what still serves, where an assertion has failed, and only then removes the folder: that says EBUSY while something is mounted there. */
async function end(running: Running, folder: string): Promise<void> {
  running.process.kill('SIGKILL');
  await running.outcome;
  await until('the mount is gone', () => !mounts().some((line) => line.includes(folder)));
  rmSync(folder, { recursive: true });
}

/** Serves a file of a new folder while `use` runs, then ends it by a signal. */
export async function served(
  use: (path: string, pid: number) => unknown,
  args: string[] = [],
  prepare?: (path: string) => void,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  const path = join(folder, 'vpoll');
  prepare?.(path);
  const running = start(['serve', path, ...args], [], env);
  try {
    await until('it serves', () => running.process.exitCode !== null || running.said().includes('\n'));
    if (running.process.exitCode === null) await use(path, running.process.pid!);
    process.kill(running.process.pid!, 'SIGTERM');
    const outcome = await running.outcome;
    assert.equal(
      mounts().filter((line) => line.includes(folder)),
      [],
    );
    assert.is(existsSync(path), prepare !== undefined);
    return outcome;
  } finally {
    await end(running, folder);
  }
}

/** The processes that one has started; without esbuild's, by which a program in TypeScript is run from its source. */
export function childrenOf(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const all = threads.flatMap((tid) => readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').trim().split(' '));
  return all.filter((child) => child !== '' && !readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('esbuild'));
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// A program of a few lines, run as a user would: by this very runtime, with the library as it was built.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { slowness } from '../../../tools/slowness.js';
import { root } from '../../support/run.js';

/** How a program ended. */
export interface Outcome {
  /** Its status, the signal that ended it, or `'limit'` where it didn't end by itself. */
  end: number | string | null;
  lines: string[];
  stderr: string;
  /** From what it printed as `now` (Date.now()), or the moment it was sent a signal, to its end. */
  ending_ms: number;
}

/** So long that nobody takes it for a measure: a program that needs it hangs. */
const LIMIT_MS = 60_000 * slowness;

/** What every program has at its top. */
const PRELUDE = `
import { Worker, isMainThread } from 'node:worker_threads';
import { Poller, VPoll, EPOLLIN, EPOLLOUT } from ${JSON.stringify(pathToFileURL(join(root, 'build/index.js')).href)};
const poller = Poller.create();
const vp = VPoll.create({ backend: 'socketpair' });
const say = (line) => process.stdout.write(line + '\\n');
const now = () => say('now ' + Date.now());
`;

function command(file: string): [string, string[]] {
  if ('Deno' in globalThis) return [process.execPath, ['run', '--allow-all', '--quiet', file]];
  return [process.execPath, [file]];
}

/** Runs it. `signal` is sent when it has printed `ready`. */
export async function runProgram(code: string, signal?: NodeJS.Signals): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-program-'));
  const file = join(folder, 'program.mjs');
  writeFileSync(file, PRELUDE + code);
  const child = spawn(...command(file), { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, from_ms] = ['', '', NaN];
  const limited = new AbortController();
  const limit = setTimeout(() => {
    limited.abort();
    child.kill('SIGKILL');
  }, LIMIT_MS);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (!signal || !/^ready$/m.test(stdout) || !Number.isNaN(from_ms)) return;
    from_ms = Date.now();
    child.kill(signal);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let ended_ms = NaN;
  child.once('exit', () => (ended_ms = Date.now()));
  const end = await new Promise<number | string | null>((resolve) => {
    child.once('close', (status, by) => {
      resolve(status ?? by);
    });
  });
  clearTimeout(limit);
  rmSync(folder, { recursive: true });
  const lines = stdout.split('\n').filter((line) => line !== '');
  const said = lines.find((line) => line.startsWith('now '));
  if (said) from_ms = Number(said.slice(4));
  return {
    end: limited.signal.aborted ? 'limit' : end,
    lines: lines.filter((line) => line !== said),
    stderr,
    ending_ms: ended_ms - from_ms,
  };
}

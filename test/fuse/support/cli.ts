// SPDX-License-Identifier: LGPL-2.1-or-later

// The command line of vpoll under this runtime, and C programs to give it.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dup } from '../../real/support/libc.js';
import { command } from '../../support/runtime.js';
import { root, run } from '../../support/run.js';

const program = fileURLToPath(new URL('../../../src/cli/index.ts', import.meta.url));

/** The outcome of a command. */
export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly said: () => string;
  readonly outcome: Promise<Outcome>;
}

/** Starts `vpoll ARGUMENT...`, after what stands in `before`. */
export function start(args: readonly string[], before: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const [first, ...rest] = [...before, ...command(program), ...args];
  const child = spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      resolve({ status, signal, stdout, stderr });
    });
  });
  return { process: child, said: () => stdout, outcome };
}

export function vpoll(...args: string[]): Promise<Outcome> {
  return start(args).outcome;
}

/** Where a source's includes begin, wherever it is compiled: what it names beside it is beside it here. */
const BESIDE = ['-I', join(root, 'test/vm/guest')];

/** Compiles C sources in a folder that is gone afterwards. */
export async function withPrograms<T>(
  sources: Readonly<Record<string, string>>,
  use: (path: (name: string) => string) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-run-'));
  try {
    for (const [name, source] of Object.entries(sources)) {
      writeFileSync(join(folder, `${name}.c`), source);
      run('cc', ['-O1', ...BESIDE, ...flags, '-o', join(folder, name), join(folder, `${name}.c`)]);
    }
    return await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A number that the runtime knows nothing of: a VPoll will close it. */
export function openFile(path: string): number {
  const own = openSync(path, 'r+');
  const fd = dup(own);
  closeSync(own);
  return fd;
}

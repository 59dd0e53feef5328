// SPDX-License-Identifier: LGPL-2.1-or-later

import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile } from 'node:fs/promises';

export interface RunOptions {
  cwd?: string;
  /** On top of this process's own environment. */
  env?: NodeJS.ProcessEnv;
  /** A file that everything the program says is added to. */
  log?: string;
  /** What it reads from its standard input; nothing when left out. */
  input?: string;
}

/** What runs now. A signal that ends this process ends them too; only those that were started here. */
const running = new Set<ChildProcess>();
let isGuarded = false;

/** Ties a child's life to this process's. */
export function track(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
  if (isGuarded) return;
  isGuarded = true;
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => {
      for (const each of running) each.kill('SIGTERM');
      process.exit(128 + number);
    });
  }
}

/** One word of a shell's command line. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/**
 * Runs a program and returns its standard output. Throws when it can't be started or ends with another status than 0; the error
 * holds the last lines that it said.
 */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  track(child);
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  // One that doesn't read what it is given is no error of ours.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (status, signal) => {
      resolve(status === 0 ? '' : (signal ?? `status ${status}`));
    });
  });
  const line = [program, ...args].join(' ');
  if (options.log) await appendFile(options.log, `$ ${line}\n${all}`);
  if (end) throw new Error(`${line}: ${end}\n${lastLines(all, 30)}`);
  return stdout;
}

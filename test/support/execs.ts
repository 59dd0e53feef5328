// SPDX-License-Identifier: LGPL-2.1-or-later

// What a program and all that it starts execute and open, by strace(1).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What was seen of one process, from its first execve(2) or execveat(2) on. */
export interface Seen {
  /** Command lines, cut off after some hundred bytes. */
  readonly execs: readonly string[];
  /** Paths that were there when its last program opened them. */
  readonly opened: readonly string[];
}

export interface Traced {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The processes that have executed something. */
  readonly seen: readonly Seen[];
}

function isExec(line: string): boolean {
  return /^execve(?:at)?\(/.test(line);
}

function read(text: string): Seen {
  const calls = text.split('\n').filter((line) => /\) = \d/.test(line));
  const execs = calls.filter(isExec);
  const last = calls.slice(calls.findLastIndex(isExec) + 1);
  return { execs, opened: last.flatMap((line) => /^open(?:at)?\([^"]*"([^"]*)"/.exec(line)?.[1] ?? []) };
}

export interface TraceOptions {
  /** What to add to the environment. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  input?: string;
}

/** Runs a program until it and all that it has started have ended. */
export function traced(command: readonly string[], { env = {}, ...more }: TraceOptions = {}): Traced {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-trace-'));
  try {
    const args = [
      '-ff',
      '-qq',
      '-s',
      '300',
      '-e',
      'trace=execve,execveat,open,openat',
      '-e',
      'signal=none',
      '-o',
      join(folder, 'of'),
    ];
    const options = { encoding: 'utf8', env: { ...process.env, ...env }, ...more } as const;
    const { status, stdout, stderr } = spawnSync('strace', [...args, '--', ...command], options);
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    return { status, stdout, stderr, seen: texts.map(read).filter(({ execs }) => execs.length > 0) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

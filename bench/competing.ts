// SPDX-License-Identifier: LGPL-2.1-or-later

// Who is compared with the Poller, on this machine: npm's `epoll`, a loop in C, and the Poller under the other runtimes.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileNpmEpoll } from '../tools/npm-epoll.js';
import { argsOf, programOf, type RuntimeName } from '../tools/runtimes.js';
import type { Part } from './results.js';

export interface Competing {
  /** The column. */
  name: string;
  /** How its program is started. */
  start: string[];
  /** How it waits, as the program in JavaScript is told; '' for the one in C. */
  way: string;
  /** What it is told beside that. */
  extra: string[];
}

/** A C program of this folder, in a place of its own. */
export function compileC(folder: string, name: string): { program: string; remove: () => void } {
  const place = mkdtempSync(join(tmpdir(), 'vpoll-bench-'));
  const program = join(place, name);
  const { status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-Werror', '-o', program, join(folder, `${name}.c`)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`cc: ${stderr}`);
  return {
    program,
    remove: () => {
      rmSync(place, { recursive: true });
    },
  };
}

function startOf(runtime: RuntimeName, script: string): string[] {
  return [programOf(runtime), ...argsOf(runtime, script)];
}

/** Those that can take part, and in `part` those that can't. `script` is the program in JavaScript, `c` the one in C. */
export function competitors(script: string, c: string, part: Part): { all: Competing[]; remove: () => void } {
  const start = startOf('node', script);
  const all: Competing[] = [
    { name: 'Poller.wait', start, way: 'wait', extra: [] },
    { name: 'listener', start, way: 'listener', extra: [] },
    { name: 'C', start: [c], way: '', extra: [] },
  ];
  const epoll = compileNpmEpoll();
  if (typeof epoll === 'string') part.omitted.push({ name: 'npm epoll', reason: epoll });
  else all.push({ name: 'npm epoll', start, way: 'epoll', extra: [epoll.path] });
  for (const runtime of ['bun', 'deno'] as const) {
    try {
      all.push({ name: runtime, start: startOf(runtime, script), way: 'wait', extra: [] });
    } catch (error) {
      part.omitted.push({ name: runtime, reason: (error as Error).message });
    }
  }
  return { all, remove: typeof epoll === 'string' ? () => undefined : epoll.remove };
}

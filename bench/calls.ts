// SPDX-License-Identifier: LGPL-2.1-or-later

// How many system calls an operation makes, as strace sees them. Timing says what a call costs; only this says that there is none.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from './context.js';
import { value, type Part, type Row } from './results.js';

const COUNT = 200;
/** What an operation may need at most; the rest has no promise. */
const BUDGET: Record<string, number> = { 'exclusive: no-op': 0, 'exclusive: SET 0 at 0': 0, 'exclusive: events': 0 };

const CALL = /^(\d+) +(\w+)\(/;
const MARK = /"\/vpoll-bench\/(begin|end)\/([^"]+)"/;

/** The calls between the two marks of each operation, by name; only those of the thread that made the marks. */
function count(trace: string): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  let current: Map<string, number> | undefined;
  let thread: string | undefined;
  for (const line of trace.split('\n')) {
    const [, tid, call] = CALL.exec(line) ?? [];
    if (tid === undefined || call === undefined) continue;
    const [, edge, name] = MARK.exec(line) ?? [];
    if (edge === 'begin' && name !== undefined) {
      thread = tid;
      current = new Map<string, number>();
      all.set(name, current);
    } else if (edge === 'end') {
      current = undefined;
    } else if (current && tid === thread) {
      current.set(call, (current.get(call) ?? 0) + 1);
    }
  }
  return all;
}

function toRow(name: string, calls: Map<string, number>): Row {
  // What comes fewer than once in twenty times is the engine's: it compiles, collects and looks at its memory limit when it likes.
  const ours = [...calls].filter(([, times]) => times >= COUNT / 20);
  const strays = [...calls].filter(([, times]) => times < COUNT / 20).map(([call]) => call);
  const each = ours.reduce((total, [, times]) => total + times, 0) / COUNT;
  const budget = BUDGET[name];
  const verdict = budget === undefined ? '' : ` (at most ${budget}: ${each <= budget ? 'ok' : 'MISSED'})`;
  const parts = ours.map(([call, times]) => `${times / COUNT} ${call}`).join(', ') || 'none';
  const beside = strays.length === 0 ? '' : `; now and then, by the engine: ${strays.join(', ')}`;
  return { name, values: { calls: value('calls', [each]) }, ratios: [], remark: `${parts}${verdict}${beside}` };
}

export function measureCalls({ child }: Context): Promise<Part> {
  const part: Part = { name: 'calls', title: 'System calls for each operation', columns: ['calls'], rows: [], omitted: [] };
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-bench-'));
  const trace = join(folder, 'trace');
  const args = ['-f', '-qq', '-o', trace, process.execPath, child, 'calls', String(COUNT)];
  const { error, status, stderr } = spawnSync('strace', args, { encoding: 'utf8' });
  if (error) part.omitted.push({ name: 'all', reason: `no strace: ${error.message}` });
  else if (status !== 0) part.omitted.push({ name: 'all', reason: `strace: ${stderr.trim()}` });
  else for (const [name, calls] of count(readFileSync(trace, 'utf8'))) part.rows.push(toRow(name, calls));
  rmSync(folder, { recursive: true });
  return Promise.resolve(part);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What `vpoll run` costs a program: the same work with and without it, in turn. Each is timed by the shell that does it, so the start of `vpoll run`
// is not in the figures.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/build.js';
import { summarize, value, type Effort, type Part, type Row } from './results.js';

const PLAIN = 'by itself';
const RUN = 'vpoll run';

interface Work {
  name: string;
  /** For a shell in an empty folder. */
  script: string;
  /** The most that `vpoll run` may make of it. */
  target?: number;
  remark?: string;
}

const WORKS: Work[] = [
  { name: 'find /usr', script: 'find /usr -xdev', target: 1.1 },
  { name: 'grep -r in /usr/include', script: 'grep -r SPDX /usr/include', target: 1.1 },
  { name: 'cp -r of a package', script: `cp -r '${join(root, 'node_modules/typescript')}' copy`, target: 1.1 },
  {
    name: '2,000 files made by a shell',
    script: 'i=0; while [ $i -lt 2000 ]; do echo $i >$i; i=$((i + 1)); done',
    remark: 'each open is handed over: what unpacks and builds pays this once a file that it writes',
  },
];

/** Milliseconds that a shell takes for it. */
function take(script: string, before: string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-bench-'));
  try {
    const timed = `cd '${folder}'; from=$(date +%s%N); { ${script}; } >/dev/null; to=$(date +%s%N); echo $((to - from))`;
    const [program, ...args] = [...before, 'sh', '-c', timed];
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status} ${stderr}`);
    return Number(stdout) / 1e6;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function toRow({ name, script, target, remark }: Work, rounds: number): Row {
  const run = [process.execPath, join(root, 'build/cli.js'), 'run', '--'];
  // The first fills the page cache.
  take(script, []);
  const pairs = Array.from({ length: rounds }, (): [number, number] => [take(script, []), take(script, run)]);
  const values = {
    [PLAIN]: value(
      'ms',
      pairs.map(([plain]) => plain),
    ),
    [RUN]: value(
      'ms',
      pairs.map(([, under]) => under),
    ),
  };
  const ratio = { name: `${RUN} / ${PLAIN}`, ...summarize(pairs.map(([plain, under]) => under / plain)) };
  return {
    name,
    values,
    ratios: [target === undefined ? ratio : { ...ratio, target }],
    ...(remark === undefined ? {} : { remark }),
  };
}

/** The part. Omits all of it where `vpoll run` can't run. */
export function measureRun(effort: Effort): Part {
  const part: Part = { name: 'run', title: 'What vpoll run costs a program', columns: [PLAIN, RUN], rows: [], omitted: [] };
  try {
    for (const work of WORKS) part.rows.push(toRow(work, Math.ceil(effort.rounds / 8)));
  } catch (error) {
    part.omitted.push({ name: 'vpoll run', reason: (error as Error).message });
  }
  return part;
}

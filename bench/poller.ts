// SPDX-License-Identifier: LGPL-2.1-or-later

// How long a wake takes: from the system call of another process to the callback, beside npm's `epoll`, a bare loop in C, and
// koffi's uv_poll on the one descriptor. Each receiver is a process of its own, and they take turns, round by round.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { compileC, competitors, type Competing } from './competing.js';
import { openPair } from './libc.js';
import { summarize, type Effort, type Part, type Row } from './results.js';

const WAKES = 4000;
/** The first ones are not compiled yet. */
const WARM = 2000;
const PAUSE_US = 200;
const IDLE = [0, 99, 9999];
const POLLER = 'Poller.wait';
const EPOLL = 'npm epoll';

/** One descriptor is all that it can wait for. */
const SINGLE = 'uv_poll';

/** Starts both processes over a pair of socketpairs: the latencies in nanoseconds, without those of the warm-up. */
async function wakes(wake: string, receiving: string[]): Promise<number[]> {
  const [[timeOut, timeIn], [answerOut, answerIn]] = [openPair(), openPair()];
  const [program, ...args] = receiving;
  const receiver = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit', timeIn, answerOut] });
  const sender = spawn(wake, ['send', String(WAKES), String(PAUSE_US)], {
    stdio: ['ignore', 'ignore', 'inherit', timeOut, answerIn],
  });
  for (const fd of [timeOut, timeIn, answerOut, answerIn]) closeSync(fd);
  let text = '';
  receiver.stdout!.setEncoding('utf8').on('data', (more: string) => (text += more));
  await Promise.all([once(receiver, 'close'), once(sender, 'close')]);
  const all = text.startsWith('[') ? (JSON.parse(text) as number[]) : text.trim().split('\n').map(Number);
  if (all.length !== WAKES) throw new Error(`${receiving.join(' ')}: ${all.length} wakes of ${WAKES}`);
  return all.slice(WARM);
}

function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.round(((sorted.length - 1) * percent) / 100)]!;
}

/** How a receiver is started that waits for `idle` more descriptors. */
function command({ start, way, extra }: Competing, idle: number): string[] {
  return way === '' ? [...start, 'receive', String(WAKES), String(idle)] : [...start, way, String(WAKES), String(idle), ...extra];
}

function toRow(name: string, percent: number, rounds: Map<string, number[][]>): Row {
  const row: Row = { name, values: {}, ratios: [] };
  for (const [who, each] of rounds) {
    row.values[who] = { unit: 'us', ...summarize(each.map((samples) => percentile(samples, percent) / 1000)) };
  }
  return row;
}

/** The ratio of two competitors' medians, round by round. */
function ratio(name: string, above: number[][], below: number[][], target?: number): Row['ratios'][number] {
  const each = above.map((samples, i) => percentile(samples, 50) / percentile(below[i]!, 50));
  return target === undefined ? { name, ...summarize(each) } : { name, ...summarize(each), target };
}

/** `folder`: bench/; `script`: receiver.ts as it was bundled. */
export async function measurePoller(folder: string, script: string, effort: Effort): Promise<Part> {
  const part: Part = {
    name: 'poller',
    title: 'Wake latency, another process to the callback',
    columns: [],
    rows: [],
    omitted: [],
  };
  const { program: wake, remove } = compileC(folder, 'wake');
  const { all, remove: removeOthers } = competitors(script, wake, part);
  all.splice(2, 0, { ...all[0]!, name: SINGLE, way: 'uv_poll' });
  part.columns = all.map(({ name }) => name);
  const polled = new Map<number, number[][]>();
  const able = (idle: number): Competing[] => all.filter(({ name }) => name !== SINGLE || idle === 0);
  const table = IDLE.map((idle) => ({ idle, rounds: new Map(able(idle).map(({ name }): [string, number[][]] => [name, []])) }));
  for (let round = 0; round < Math.ceil(effort.rounds / 6); round++) {
    for (const { idle, rounds } of table) {
      for (const one of able(idle)) rounds.get(one.name)!.push(await wakes(wake, command(one, idle)));
    }
  }
  for (const { idle, rounds } of table) {
    const [p50, p99] = [toRow(`${idle + 1} watched, p50`, 50, rounds), toRow(`${idle + 1} watched, p99`, 99, rounds)];
    const [ours, theirs] = [rounds.get(POLLER)!, rounds.get(EPOLL)];
    if (theirs) p50.ratios.push(ratio(`${POLLER} / ${EPOLL}`, ours, theirs, 1));
    polled.set(idle, ours);
    if (idle === 9999) p50.ratios.push(ratio(`10,000 / 100 watched`, ours, polled.get(99)!, 1.2));
    part.rows.push(p50, p99);
  }
  removeOthers();
  remove();
  return part;
}

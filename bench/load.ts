// SPDX-License-Identifier: LGPL-2.1-or-later

// What a Poller costs beside its latency. Measured are events in a second while 1,000 descriptors are always ready, and the time from
// nothing to the first event. So is the processor time of a wait in which nothing comes. Each competitor is a process of its own, and
// they take turns.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileC, competitors, type Competing } from './competing.js';
import { summarize, value, type Effort, type Part, type Ratio, type Row, type Unit } from './results.js';

const ACTIVE = 1000;
const RATE_MS = 500;
const IDLE_MS = 2000;
/** A runtime has things to do for a while after its start: compiled code, collections. */
const SETTLE_MS = 3000;
const POLLER = 'Poller.wait';
const EPOLL = 'npm epoll';
const C = 'C';
const ASKING = 'C, asking';
/** How much longer than C's loop an event may take. */
const EVENT_MAX = 2;

function run([program, ...args]: string[]): number {
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status} ${stderr}`);
  return Number(stdout);
}

/** Nanoseconds that the threads of a process have run (proc_pid_schedstat). */
function processorTime_ns(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const each = threads.map((tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]));
  return each.reduce((sum, ns) => sum + ns, 0);
}

/** Microseconds of processor time in a second of a wait in which nothing comes. */
async function idleness([program, ...args]: string[]): Promise<number> {
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await sleep(SETTLE_MS);
    const before = processorTime_ns(child.pid!);
    await sleep(IDLE_MS);
    return (processorTime_ns(child.pid!) - before) / IDLE_MS;
  } finally {
    child.kill('SIGKILL');
  }
}

interface Measure {
  name: string;
  unit: Unit;
  rounds: number;
  /** Those that take part. */
  by: Competing[];
  take: (one: Competing) => number | Promise<number>;
  /** Between competitors by name, as in Ratio: the first over the second. */
  ratios?: [of: string, to: string, target: number][];
}

async function toRow({ name, unit, rounds, by, take, ratios: wanted = [] }: Measure): Promise<Row> {
  const samples = new Map(by.map((one): [string, number[]] => [one.name, []]));
  for (let round = 0; round < rounds; round++) for (const one of by) samples.get(one.name)!.push(await take(one));
  const values = Object.fromEntries([...samples].map(([who, all]) => [who, value(unit, all)]));
  const ratios: Ratio[] = [];
  for (const [of, to, target] of wanted) {
    const [above, below] = [samples.get(of), samples.get(to)];
    if (above && below) ratios.push({ name: `${of} / ${to}`, ...summarize(above.map((one, i) => one / below[i]!)), target });
  }
  return { name, values, ratios };
}

/** `folder`: bench/; `script`: loaded.ts as it was bundled. */
export async function measureLoad(folder: string, script: string, effort: Effort): Promise<Part> {
  const part: Part = { name: 'load', title: 'A Poller that is busy, new, and idle', columns: [], rows: [], omitted: [] };
  const { program, remove } = compileC(folder, 'load');
  const { all, remove: removeOthers } = competitors(script, program, part);
  try {
    const c = (what: string, args: string[]): string[] => [program, what, ...args];
    const command = ({ start, way, extra }: Competing, what: string, count: number, ms: number): string[] =>
      way === ''
        ? c(what, what === 'setup' ? [] : [String(count), ...(what === 'idle' ? [] : [String(ms)])])
        : [...start, what, way, String(count), String(ms), ...extra];
    const rounds = Math.ceil(effort.rounds / 6);
    const asking: Competing = { name: ASKING, start: [program], way: '', extra: [] };
    part.columns = [...all, asking].map(({ name }) => name);
    const vpolls = all.filter(({ name }) => name !== EPOLL);
    const runtimes = all.filter(({ name }) => [POLLER, 'bun', 'deno'].includes(name)).map((one) => ({ ...one, way: 'none' }));
    const measures: Measure[] = [
      {
        name: `events in a second, ${ACTIVE} numbers always ready`,
        unit: 'events/s',
        rounds,
        by: [...all, asking],
        take: (one) => run(command(one, one.name === ASKING ? 'asked' : 'rate', ACTIVE, RATE_MS)),
        ratios: [
          [EPOLL, POLLER, 1],
          // A Poller asks of each number whether it still stands for its file (docs/poller.md), and of a VPoll it needs not.
          [ASKING, POLLER, EVENT_MAX],
        ],
      },
      {
        name: `the same of ${ACTIVE} VPolls on socketpairs`,
        unit: 'events/s',
        rounds,
        by: vpolls,
        take: (one) => run(command(one, 'pairs', ACTIVE, RATE_MS)),
        ratios: [[C, POLLER, EVENT_MAX]],
      },
      { name: 'from nothing to the first event', unit: 'ms', rounds, by: all, take: (one) => run(command(one, 'setup', 1, 0)) },
      {
        name: `processor time of a second, ${ACTIVE} watched, nothing comes`,
        unit: 'us',
        rounds: Math.ceil(effort.crowds / 2),
        by: all,
        take: (one) => idleness(command(one, 'idle', ACTIVE, 0)),
      },
      {
        name: 'the same, the runtime alone',
        unit: 'us',
        rounds: Math.ceil(effort.crowds / 2),
        by: runtimes,
        take: (one) => idleness(command(one, 'idle', 0, 0)),
      },
    ];
    for (const measure of measures) part.rows.push(await toRow(measure));
  } finally {
    removeOthers();
    remove();
  }
  return part;
}

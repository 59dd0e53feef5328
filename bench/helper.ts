// SPDX-License-Identifier: LGPL-2.1-or-later

// What the native helper of the fuse backend costs a machine, beside what else a program could take: the runtime's helper, a socketpair, Debian's library, an
// eventfd. Each figure is of fresh processes, which take turns.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLibrary } from '../tools/cmake.js';
import { programOf, RUNTIMES, type RuntimeName } from '../tools/runtimes.js';
import { summarize, value, type Effort, type Part, type Ratio, type Row } from './results.js';
import { measureSelf } from './usage.js';

const NATIVE = 'native';
const RUNTIME = 'runtime';
const PAIR = 'socketpair';
const DEBIANS = "Debian's";
const EVENTFD = 'eventfd';
const BYTES = 'bare bytes';
const NODE = 'node -e 0';
const ROUNDS = 5000;
/** Streams, datagrams that are sent at once, and in all. */
const ECHO = ['16', '64', '19200'];
const VPOLLS = 10_000;
const MIB = 2 ** 20;

/** The most that the helper may take: of a start, of a ping-pong on a socketpair, of memory, of memory for each vpoll; and the first vpoll beyond a socketpair's. */
const MOST = { start: 0.1, pingPong: 4, rss: 2 * MIB, each: 128, first_ms: 3 };

interface Competitor {
  name: string;
  program: string;
  args: string[];
  env: Record<string, string>;
}

/** The numbers that a program prints. */
function run({ program, args, env }: Competitor): number[] {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status} ${stderr}`);
  return stdout.trim().split(' ').map(Number);
}

/** By competitor, for each round what `take` gives. */
function inTurns<T>(competitors: readonly Competitor[], rounds: number, take: (one: Competitor) => T): Map<string, T[]> {
  const all = new Map(competitors.map(({ name }): [string, T[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < competitors.length; i++) {
      const one = competitors[(round + i) % competitors.length]!;
      all.get(one.name)!.push(take(one));
    }
  }
  return all;
}

function ratio(of: string, to: string, all: ReadonlyMap<string, readonly number[]>, target?: number): Ratio[] {
  const [above, below] = [all.get(of), all.get(to)];
  if (!above || !below) return [];
  const each = { name: `${of} / ${to}`, ...summarize(above.map((one, i) => one / below[i]!)) };
  return [target === undefined ? each : { ...each, target }];
}

function toRow(name: string, unit: 'us' | 'ms', all: ReadonlyMap<string, readonly number[]>, ratios: Ratio[]): Row {
  return { name, values: Object.fromEntries([...all].map(([who, samples]) => [who, value(unit, [...samples])])), ratios };
}

/** Milliseconds that a process takes. */
function timed(one: Competitor): number {
  const start = performance.now();
  run(one);
  return performance.now() - start;
}

function startRow(program: string, ours: Record<string, string>, rounds: number): Row {
  const c = (name: string, backend: string): Competitor => ({
    name,
    program,
    args: ['first'],
    env: { ...ours, VPOLL_BACKEND: backend },
  });
  const competitors = [c(NATIVE, 'fuse'), c(PAIR, PAIR), { name: NODE, program: process.execPath, args: ['-e', '0'], env: {} }];
  const all = inTurns(competitors, rounds, (one) => (one.name === NODE ? timed(one) : run(one)[0]!));
  return toRow("in C: a program's first vpoll", 'ms', all, ratio(NATIVE, NODE, all, MOST.start));
}

/** What a process is that says how long its first vpoll took, and how much processor time, in milliseconds. That of its threads counts, that of the helper doesn't. */
const FIRST = `
  const { VPoll } = await import(process.argv[2]);
  process.cpuUsage();
  const [start, spent] = [performance.now(), process.cpuUsage()];
  VPoll.create({ backend: process.env.BACKEND });
  const [wall, { user, system }] = [performance.now() - start, process.cpuUsage(spent)];
  console.log(wall, (user + system) / 1000);
  process.exit();`;

/** How each runtime starts a file of JavaScript. */
const STARTS = {
  node: { title: 'Node', args: [] },
  bun: { title: 'Bun', args: [] },
  deno: { title: 'Deno', args: ['run', '-A'] },
} as const;

/** What fuse takes beyond a socketpair. */
function beyondPair(all: ReadonlyMap<string, readonly number[]>): string {
  const { median } = summarize(all.get(NATIVE)!.map((ms, i) => ms - all.get(PAIR)![i]!));
  return `${NATIVE} - ${PAIR}: ${median.toFixed(1)} ms (at most ${MOST.first_ms}: ${median <= MOST.first_ms ? 'ok' : 'MISSED'})`;
}

function firstRows(name: RuntimeName, script: string, index: string, rounds: number): Row[] {
  const { title, args } = STARTS[name];
  const js = (who: string, backend: string, fuse: string): Competitor => ({
    name: who,
    program: programOf(name),
    args: [...args, script, index],
    env: { BACKEND: backend, VPOLL_FUSE: fuse },
  });
  const competitors = [js(NATIVE, 'fuse', ''), js(RUNTIME, 'fuse', 'runtime'), js(PAIR, PAIR, '')];
  const both = inTurns(competitors, rounds, run);
  return [`in ${title}: a program's first vpoll`, 'the same, processor time of the process'].map((row, at) => {
    const all = new Map([...both].map(([who, samples]) => [who, samples.map((one) => one[at]!)]));
    return { ...toRow(row, 'ms', all, ratio(NATIVE, RUNTIME, all)), remark: beyondPair(all) };
  });
}

/** Processes that serve /dev/fuse as a helper does. */
function helpers(): Set<string> {
  return new Set(
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/fd/3`) === '/dev/fuse';
      } catch {
        return false;
      }
    }),
  );
}

/** A vpoll of a runtime's helper, held by a process of its own: the path by which others are opened, and the helper. */
async function startRuntime(index: string): Promise<{ path: string; helper: string; end: () => Promise<void> }> {
  const before = helpers();
  const text = `
    import { VPoll } from ${JSON.stringify(index)};
    // It is held as long as the process lives.
    globalThis.held = VPoll.create({ backend: 'fuse' });
    console.log(held.fd);
    process.stdin.on('end', () => process.exit()).resume();`;
  const env = { ...process.env, VPOLL_FUSE: 'runtime' };
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const helper = [...helpers()].find((pid) => !before.has(pid));
  if (helper === undefined) throw new Error('no helper of a runtime was started');
  return {
    path: `/proc/${child.pid}/fd/${Number(said.toString())}`,
    helper,
    end: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

async function pingRows(program: string, index: string, ours: Record<string, string>, rounds: number): Promise<Row[]> {
  const runtime = await startRuntime(index);
  const c = (name: string, kind: string, env: Record<string, string>, pid: string[] = []): Competitor => {
    return { name, program, args: ['ping', kind, String(ROUNDS), ...pid], env };
  };
  const competitors = [
    c(NATIVE, 'vpoll', { ...ours, VPOLL_BACKEND: 'fuse' }, ['0']),
    c(RUNTIME, runtime.path, {}, [runtime.helper]),
    c(PAIR, 'vpoll', { ...ours, VPOLL_BACKEND: PAIR }),
    c(DEBIANS, 'vpoll', {}),
    c(EVENTFD, 'eventfd', {}),
    c(BYTES, 'bytes', {}),
  ];
  const all = inTurns(competitors, rounds, run);
  await runtime.end();
  const column = (at: number): Map<string, number[]> => {
    return new Map([...all].map(([who, samples]) => [who, samples.map((one) => one[at]! / 1000)]));
  };
  const spent = column(0);
  const ratios = [
    ...ratio(NATIVE, PAIR, spent, MOST.pingPong),
    ...ratio(NATIVE, BYTES, spent),
    ...ratio(NATIVE, RUNTIME, spent),
    ...ratio(NATIVE, DEBIANS, spent),
  ];
  return [
    toRow('IN there and back, processor time of all processes', 'us', spent, ratios),
    toRow('the same, p50 of its duration', 'us', column(1), ratio(NATIVE, PAIR, column(1))),
    toRow('the same, p99.9', 'us', column(2), ratio(NATIVE, PAIR, column(2))),
  ];
}

function echoRow(program: string, ours: Record<string, string>, rounds: number): Row {
  const c = (name: string, env: Record<string, string>, pid: string[] = []): Competitor => {
    return { name, program, args: [...ECHO, ...pid], env };
  };
  const competitors = [
    c(NATIVE, { ...ours, VPOLL_BACKEND: 'fuse' }, ['0']),
    c(PAIR, { ...ours, VPOLL_BACKEND: PAIR }),
    c(DEBIANS, {}),
  ];
  const all = inTurns(competitors, rounds, (one) => run(one)[0]! / 1000);
  const [streams, burst] = ECHO;
  return toRow(`a datagram echoed, ${streams} streams, bursts of ${burst}, processor time`, 'us', all, ratio(NATIVE, PAIR, all));
}

/** Bytes of the helper in memory while a program holds so many vpolls. */
async function hold(program: string, env: Record<string, string>, count: number): Promise<number> {
  const child = spawn('sh', ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'sh', program, 'hold', String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env, VPOLL_BACKEND: 'fuse' },
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const { rss } = measureSelf(Number(said.toString()));
  child.stdin.end();
  await once(child, 'exit');
  return rss;
}

async function memoryRow(program: string, ours: Record<string, string>, rounds: number): Promise<Row> {
  const [one, many]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    one.push(await hold(program, ours, 1));
    many.push((await hold(program, ours, VPOLLS)) - one[i]!);
  }
  const each = summarize(many.map((bytes) => bytes / VPOLLS)).median;
  const { median } = summarize(one);
  const verdict = (isMet: boolean): string => (isMet ? 'ok' : 'MISSED');
  const remark = [
    `at most ${MOST.rss}: ${verdict(median <= MOST.rss)}`,
    `each of ${VPOLLS} vpolls beside the kernel's: ${each.toFixed(0)} bytes (at most ${MOST.each}: ${verdict(each <= MOST.each)})`,
  ].join('\n');
  return { name: 'memory of the helper (VmRSS)', values: { [NATIVE]: value('bytes', one) }, ratios: [], remark };
}

/** A C program of this folder. Linked with Debian's library, it runs with ours too. */
function compile(folder: string, place: string, name: string): string {
  const program = join(place, name);
  const args = ['-std=gnu11', '-O2', '-Wall', '-Werror', '-o', program, join(folder, `${name}.c`), '-pthread', '-lvpoll'];
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc: ${stderr}`);
  return program;
}

/** `index`: the built library; `folder`: bench/. */
export async function measureHelper(folder: string, index: string, effort: Effort): Promise<Part> {
  const columns = [NATIVE, RUNTIME, PAIR, DEBIANS, EVENTFD, BYTES, NODE];
  const part: Part = { name: 'helper', title: 'The native helper', columns, rows: [], omitted: [] };
  const place = mkdtempSync(join(tmpdir(), 'vpoll-bench-'));
  try {
    const library = buildLibrary('plain', []);
    const ours = { LD_LIBRARY_PATH: library, VPOLL_BENCH_HELPER: join(library, 'vpoll-fuse') };
    const [program, echo] = [compile(folder, place, 'helper'), compile(folder, place, 'echo')];
    const rounds = Math.ceil(effort.rounds / 4);
    part.rows.push(startRow(program, ours, rounds));
    const script = join(place, 'first.mjs');
    writeFileSync(script, FIRST);
    for (const name of RUNTIMES) part.rows.push(...firstRows(name, script, index, rounds));
    part.rows.push(...(await pingRows(program, index, ours, Math.ceil(rounds / 2))));
    part.rows.push(echoRow(echo, ours, Math.ceil(rounds / 2)));
    part.rows.push(await memoryRow(program, ours, effort.crowds));
  } catch (error) {
    part.omitted.push({ name: 'helper', reason: (error as Error).message });
  } finally {
    rmSync(place, { recursive: true });
  }
  return part;
}

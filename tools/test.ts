// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Runs the suites, each test file in a process of its own, several side by side, and ends with the line `N passed, N failed`.
 *
 *     tools/test.ts [PART...] [--every] [--without PART,PART] [--runtime node|bun|deno] [--lanes N] [--newest] [--daily N]
 *
 * VPOLL_RUNTIME in the environment does what --runtime does.
 *
 * A PART is any part of a file's path: `test/core`, `poller`. With parts, only the files that hold one of them run, each
 * under Node, Bun and Deno, where it doesn't say otherwise itself (where.ts). Without, each runs under Node, and under Bun and Deno in turns, a day each; --every has them all. --newest leaves out what says nothing more under another Node.
 * --daily runs an Nth of the files, another one each day (daily.ts).
 */

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale, root } from './build.js';
import { dayNumber, partOfDay } from './daily.js';
import { type Job, openLane } from './lane.js';
import { type FileResult, timeoutOf } from './run-file.js';
import { RUNTIMES, type RuntimeName } from './runtimes.js';
import { runtimesFor, runtimesInTurns, type TestFile, testFiles } from './where.js';

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The files that were asked for, of those that run here: what needs a kernel with the patch or the module runs in the guests of test/vm alone. */
function select(parts: string[], without: string[], isNewest: boolean): TestFile[] {
  const isGuest = process.env.VPOLL_GUEST !== undefined;
  const holdsOne = (name: string, list: string[]): boolean => list.some((part) => name.includes(part));
  return testFiles()
    .filter(({ where }) => (isGuest || !where.isForGuest) && (!isNewest || where.isForNewest))
    .filter(({ file }) => (parts.length === 0 || holdsOne(file, parts)) && !holdsOne(file, without));
}

function report({ file, runtime }: Job, result: FileResult): void {
  const { passed, failed, skipped, elapsed_s, processor_s } = result;
  const counts = [`${passed} passed`, ...(failed ? [`${failed} FAILED`] : []), ...(skipped ? [`${skipped} skipped`] : [])];
  const times = `${elapsed_s.toFixed(1)} s, ${processor_s.toFixed(1)} of processor`;
  console.log(`${failed ? 'FAIL' : 'ok  '} ${runtime} ${file}: ${counts.join(', ')} (${times})`);
  for (const fault of result.faults) console.log(`     ${file} ${fault}`);
  if (failed) console.log(`${result.output.trimEnd()}\n`);
  else for (const line of result.skips) console.log(`     ${line}`);
}

function summary({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** A file that says `// alone` counts what is the machine's, or measures what a neighbour would spoil. */
async function isAlone(file: string): Promise<boolean> {
  return /^\/\/ alone\b/m.test(await readFile(file, 'utf8'));
}

/** The jobs in the order in which they start: those that may take longest first, so that none of them is the last. */
async function inOrder(jobs: Job[]): Promise<Job[]> {
  const timed = await Promise.all(jobs.map(async (job) => ({ job, timeout_s: await timeoutOf(job.file) })));
  return timed.sort((a, b) => b.timeout_s - a.timeout_s).map(({ job }) => job);
}

/** Runs the jobs, `count` at a time. */
async function runInLanes(jobs: Job[], count: number, onEnd: (job: Job, result: FileResult) => void): Promise<void> {
  const queue = await inOrder(jobs);
  const runLane = async (): Promise<void> => {
    const lane = openLane();
    try {
      for (let job = queue.shift(); job; job = queue.shift()) onEnd(job, await lane.run(job));
    } finally {
      lane.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, queue.length) }, runLane));
}

/** The day's files, and says which part they are. */
function filesOfDay(files: TestFile[], parts: string): TestFile[] {
  const count = Number(parts);
  if (!Number.isInteger(count) || count < 1) throw new Error(`tools/test.ts: ${parts} is no number of parts`);
  const { part, line } = partOfDay(files, count);
  console.log(`files: ${line}`);
  return part;
}

function runtimesOf(asked: string | undefined): readonly RuntimeName[] {
  if (asked === undefined) return RUNTIMES;
  const found = RUNTIMES.find((name) => name === asked);
  if (!found) throw new Error(`tools/test.ts: no runtime ${asked} (${RUNTIMES.join(', ')})`);
  return [found];
}

/** Each file under each of the runtimes where it says that it runs. */
function jobsOf(files: TestFile[], runtimes: readonly RuntimeName[]): Job[] {
  return files.flatMap(({ file, where }) => runtimesFor(where, runtimes).map((runtime) => ({ file, runtime })));
}

/** Each file under Node and one of the others, which have their turns by the day; says so. */
function jobsInTurns(files: TestFile[]): Job[] {
  const day = dayNumber();
  console.log(
    `each file under Node, and under Bun or Deno: VPOLL_DAY=${day} has the same, ${day + 1} the other half, --every all`,
  );
  return files.flatMap(({ file, where }, index) => runtimesInTurns(where, index, day).map((runtime) => ({ file, runtime })));
}

/** Most files wait for most of their time. */
const LANES = availableParallelism() + 1;

function lanesOf(asked: string | undefined): number {
  const count = asked === undefined ? LANES : Number(asked);
  if (!Number.isInteger(count) || count < 1) throw new Error(`tools/test.ts: ${asked} is no number of lanes`);
  return count;
}

const OPTIONS = {
  without: { type: 'string' },
  runtime: { type: 'string' },
  lanes: { type: 'string' },
  newest: { type: 'boolean', default: false },
  every: { type: 'boolean', default: false },
  daily: { type: 'string' },
} as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const runtimes = runtimesOf(values.runtime ?? process.env.VPOLL_RUNTIME);
  const lanes = lanesOf(values.lanes);
  // Where npm may run no scripts, nothing was built at install time.
  await buildIfStale(undefined, true);
  process.chdir(root);
  const wanted = select(positionals.map(normalize), values.without?.split(',') ?? [], values.newest);
  const files = values.daily === undefined ? wanted : filesOfDay(wanted, values.daily);
  const isInTurns = positionals.length === 0 && runtimes.length > 1 && !values.every;
  const jobs = isInTurns ? jobsInTurns(files) : jobsOf(files, runtimes);
  const alone = new Set((await Promise.all(files.map(async ({ file }) => ((await isAlone(file)) ? file : '')))).filter(Boolean));
  const totals = new Map<string, Totals>(['', ...runtimes].map((name) => [name, { passed: 0, failed: 0, skipped: 0 }]));
  const failing: string[] = [];
  const onEnd = (job: Job, result: FileResult): void => {
    report(job, result);
    for (const sum of [totals.get('')!, totals.get(job.runtime)!]) {
      sum.passed += result.passed;
      sum.failed += result.failed;
      sum.skipped += result.skipped;
    }
    if (result.failed) failing.push(`${job.runtime} ${job.file}`);
  };
  const [together, apart] = [jobs.filter(({ file }) => !alone.has(file)), jobs.filter(({ file }) => alone.has(file))];
  await runInLanes(together, lanes, onEnd);
  await runInLanes(apart, 1, onEnd);
  return end(totals, failing);
}

/** Prints the total. Only the last line has the form of a total: a reader must not take a part for the whole. */
function end(totals: Map<string, Totals>, failing: readonly string[]): number {
  const all = totals.get('')!;
  for (const [name, own] of totals) if (name !== '') console.log(`-- ${name}: ${summary(own)}`);
  if (failing.length) console.log(`failing:\n${failing.map((line) => `  ${line}\n`).join('')}`);
  if (all.passed === 0) console.log('no test passed\n');
  console.log(summary(all));
  return all.failed > 0 || all.passed === 0 ? 1 : 0;
}

process.exitCode = await main();

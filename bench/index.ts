// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The benchmarks: all figures of one run, side by side, as tables, and as JSON in bench/results/.
 *
 *     npm run bench -- [--quick] [--json] [--only PART,PART]
 *
 * Medians of short rounds in which the competitors alternate (interleave.ts). A target that is missed is printed, and no failure:
 * whether it is noise is for the reader to judge, by the spread.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { buildIfStale, root } from '../tools/build.js';
import { buildLibrary } from '../tools/cmake.js';
import { bundle, folder, scriptOf } from './bundle.js';
import { measureHelper } from './helper.js';
import { measureLoad } from './load.js';
import { measurePoller } from './poller.js';
import { formatPart } from './report.js';
import { QUICK, type Effort, type Part } from './results.js';
import { measureRun } from './run.js';

const PARTS = [
  'ctl',
  'floor',
  'device',
  'backends',
  'fuse',
  'helper',
  'tcp',
  'reference',
  'c',
  'calls',
  'cold',
  'memory',
  'poller',
  'load',
  'run',
  'sim',
];
/** Parts that are asked for by the name of another. */
const WITH: Readonly<Record<string, readonly string[]>> = { fuse: ['fuse', 'helper'] };
const FULL: Effort = { rounds: 61, round_ns: 8e6, starts: 15, crowds: 3 };

const results = join(folder, 'results');
async function measure(script: string, effort: Effort, part: string): Promise<Part> {
  console.error(`measuring: ${part}`);
  // Here everything that is timed is in other processes.
  if (part === 'poller') return measurePoller(folder, scriptOf('receiver'), effort);
  if (part === 'run') return measureRun(effort);
  if (part === 'helper') return measureHelper(folder, pathToFileURL(join(root, 'build/index.js')).href, effort);
  if (part === 'load') return measureLoad(folder, scriptOf('loaded'), effort);
  const args = ['--expose-gc', script, folder, JSON.stringify(effort), part];
  const { status, stdout, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    // What is measured must not depend on what the caller's shell says.
    env: { ...process.env, VPOLL_BACKEND: '' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`the measuring process of ${part} ended with ${status}`);
  return JSON.parse(stdout) as Part;
}

function machine(): Record<string, string | number> {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout;
  return {
    date: new Date().toISOString(),
    kernel: release(),
    node: process.version,
    arch: arch(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    load: loadavg()[0] ?? 0,
    commit: commit ? commit.trim() : 'unknown',
  };
}

/** libvpoll.so.0. Without cmake its part says that it isn't there. */
function prepareLibrary(): void {
  try {
    buildLibrary('plain', []);
  } catch (error) {
    console.error((error as Error).message);
  }
}

const command = new Command('bench')
  .description('Measure vpoll beside the bare calls and the reference library')
  .option('--quick', 'Fewer and shorter rounds: under 20 seconds')
  .option('--json', 'Print the JSON that is kept, no tables')
  .option('--only <parts>', `Only these parts, separated by commas: ${PARTS.join(', ')}`)
  .action(async ({ quick, json, only }: { quick?: boolean; json?: boolean; only?: string }) => {
    const parts = only === undefined ? PARTS : only.split(',').flatMap((name) => WITH[name] ?? [name]);
    const unknown = parts.find((name) => !PARTS.includes(name));
    if (unknown !== undefined) command.error(`no part ${unknown} (${PARTS.join(', ')} are)`);
    await buildIfStale(true);
    if (parts.includes('c')) prepareLibrary();
    const script = await bundle();
    const about = machine();
    const effort = quick ? QUICK : FULL;
    const done: Part[] = [];
    for (const part of parts) done.push(await measure(script, effort, part));
    const run = { ...about, effort, parts: done };
    const text = `${JSON.stringify(run, null, 2)}\n`;
    mkdirSync(results, { recursive: true });
    const file = join('bench/results', `${run.parts.length === PARTS.length ? 'all' : parts.join('-')}-${Date.now()}.json`);
    writeFileSync(join(root, file), text);
    if (json) {
      process.stdout.write(text);
      return;
    }
    for (const part of run.parts) console.log(formatPart(part));
    console.log(
      `\n${Object.entries(about)
        .map(([name, what]) => `${name} ${what}`)
        .join(', ')}\nkept in ${file}`,
    );
  });

await command.parseAsync();

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Tests the patch, the module and the library in real kernels: builds or fetches those that are not in the cache yet, and boots them.
 *
 *     npm run test:vm                    the quick part: a patched User-Mode Linux 6.1
 *     npm run test:vm -- --ci            what .ci/run boots
 *     npm run test:vm -- --all           everything
 *     npm run test:vm -- NAME...         of everything, what is named: kernels, suites, or the ones in the others
 *     npm run test:vm -- --list          what there is
 *     npm run test:vm -- --prepare ...   only gets and builds the kernels
 *
 * Ends with `N passed, N failed`. What guests said is kept where something failed.
 */

import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { partOfDay } from '../../tools/daily.js';
import { root } from '../support/run.js';
import { Unavailable } from './apt.js';
import { prepare } from './build.js';
import { cache } from './cache.js';
import { Guest, Run } from './guest.js';
import { kernelNamed, kernels, type Prepared } from './kernels.js';
import { Report, verdict } from './report.js';
import { run } from './shell.js';
import { sourceAlone } from './source.js';
import { allSuites, byKernel, type Job, type Pair, plan, runTogether, type SetName, type Suite } from './suites.js';

/** What failed runs left is kept for so long. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

async function runFolder(): Promise<string> {
  const folder = join(cache, 'runs');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
  return mkdtemp(join(folder, `${new Date().toISOString().slice(0, 19).replaceAll(':', '.')}-`));
}

/** The packages that the kernels and the suites of a plan need; installed where that is possible, named where it isn't. */
async function installPackages(pairs: Pair[]): Promise<void> {
  const machines = new Set(pairs.map(({ kernel }) => kernelNamed(kernel).machine));
  const groups = [...(machines.has('uml') || machines.has('microvm') ? ['kernel'] : []), 'module', 'guests'];
  if (machines.has('microvm') || machines.has('pc')) groups.push('qemu');
  if (machines.has('virt')) groups.push('arm64');
  for (const { suite } of pairs) groups.push(...(suite.packages ?? []));
  const said = await run(join(root, 'tools/apt.sh'), groups);
  if (said.trim()) console.log(said.trim());
}

/** The kernel, or its source alone where no more is needed; undefined after saying why there is none. */
async function tryPrepare(name: string, bootsNothing: boolean, report: Report): Promise<Prepared | undefined> {
  try {
    return await (bootsNothing ? sourceAlone : prepare)(kernelNamed(name));
  } catch (error) {
    if (error instanceof Unavailable) report.skip(name, error.message);
    else report.add(name, verdict(false, error instanceof Error ? (error.stack ?? error.message) : String(error)));
    return undefined;
  }
}

async function runSuite(suite: Suite, guest: Guest): Promise<void> {
  const started = performance.now();
  await mkdir(guest.folder, { recursive: true });
  try {
    await suite.run(guest);
  } catch (error) {
    if (error instanceof Unavailable) guest.skip(error.message);
    else guest.add('the suite runs', verdict(false, error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
  if (!guest.hasSpoken) guest.add('the suite runs', verdict(false, 'it said nothing'));
  console.log(`-- ${guest.name} ${suite.name}: ${Math.round((performance.now() - started) / 1000)} s`);
}

interface Ready extends Job {
  prepared: Prepared;
}

/** The suites whose kernels are there, one kernel after the other. */
async function makeReady(pairs: Pair[], onlyPrepare: boolean, report: Report): Promise<Ready[]> {
  const ready: Ready[] = [];
  for (const { kernel: name, suites, bootsNothing } of byKernel(pairs)) {
    const started = performance.now();
    const prepared = await tryPrepare(name, bootsNothing, report);
    if (!prepared) continue;
    const what = bootsNothing ? `the source of ${name}` : name;
    console.log(`== ${what} (${prepared.version}): there after ${Math.round((performance.now() - started) / 1000)} s`);
    if (onlyPrepare) report.add(`${what} is there`, verdict(true));
    ready.push(...suites.map((suite) => ({ suite, cpus: prepared.kernel.cpus, prepared })));
  }
  return ready;
}

async function execute(pairs: Pair[], onlyPrepare: boolean): Promise<number> {
  const report = new Report();
  await installPackages(pairs);
  const shared = new Run(await runFolder(), report);
  const ready = await makeReady(pairs, onlyPrepare, report);
  const processors = availableParallelism();
  if (!onlyPrepare)
    await runTogether(ready, processors, ({ suite, prepared }) => runSuite(suite, new Guest(shared, prepared, suite.name)));
  console.log('');
  if (report.failed === 0) await rm(shared.folder, { recursive: true });
  else console.log(`logs: ${shared.folder}`);
  return report.end();
}

function list(suites: Suite[]): void {
  for (const { name, from } of kernels) console.log(`kernel ${name}: ${from.package}`);
  for (const { name, about, kernels: sets } of suites) {
    console.log(`suite  ${name}: ${about}`);
    for (const [set, members] of Object.entries(sets)) console.log(`         ${set}: ${members.join(' ')}`);
  }
}

/** Those that are quick, and a third of the long ones, another one each day; says which. */
function pairsOfDay(pairs: Pair[]): Pair[] {
  const { part, line } = partOfDay(
    pairs.filter(({ suite }) => suite.isLong),
    3,
  );
  console.log(`long suites: ${line}`);
  return pairs.filter((pair) => !pair.suite.isLong || part.includes(pair));
}

interface Options {
  readonly all?: boolean;
  readonly ci?: boolean;
  readonly list?: boolean;
  readonly prepare?: boolean;
}

const command = new Command('test:vm')
  .description('Tests in real kernels, in virtual machines')
  .argument('[name...]', 'kernels, suites, or the ones in the others')
  .option('--all', 'every suite in every kernel that it has')
  .option('--ci', 'what .ci/run boots')
  .option('--list', 'the kernels and the suites')
  .option('--prepare', 'only get and build the kernels')
  .action(async (names: string[], { all, ci, list: isList, prepare: onlyPrepare }: Options) => {
    const suites = await allSuites();
    if (isList) {
      list(suites);
      return;
    }
    const set: SetName = ci ? 'ci' : all || names.length > 0 ? 'all' : 'quick';
    const pairs = set === 'ci' ? pairsOfDay(plan(suites, set, names)) : plan(suites, set, names);
    if (pairs.length === 0) command.error('that is no suite in any kernel');
    // In a process of its own: the compilers stay in memory for as long as the process that loaded them.
    await run(process.execPath, ['--import', 'tsx', 'tools/build.ts', '--if-stale', '--for-tests', '--all-helpers'], {
      cwd: root,
    });
    process.chdir(root);
    process.exitCode = await execute(pairs, onlyPrepare === true);
  });

await command.parseAsync();

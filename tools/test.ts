// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Runs the suites, each test file in a process of its own, and ends with the line `N passed, N failed`.
 *
 *     tools/test.ts [PART...] [--without PART,PART] [--runtime node|bun|deno]
 *
 * VPOLL_RUNTIME in the environment does what --runtime does.
 *
 * A PART is any part of a file's path: `test/core`, `poller`. With parts, only the files that hold one of them run. Each file runs
 * under Node, Bun and Deno in turn, but what doesn't depend on the runtime only under Node.
 */

import { readdir } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale, root } from './build.js';
import { type FileResult, runFile } from './run-file.js';
import { RUNTIMES, type RuntimeName } from './runtimes.js';

/** What says the same under every runtime: checks of the sources, of the package, of kernels, of the documents, of the C library, of what a comparison finds. */
const ONCE = /^test\/(c|project|package|vm|docs)\/|^test\/(abi|sim\/learned|scenario\/(cli|runtimes|playground))\.test\.ts$/;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** The files that failed, with the runtime. */
  failing: string[];
}

/** What needs a kernel with the patch or the module runs in the guests of test/vm, which say that they are one. */
function isForHere(name: string): boolean {
  return !name.startsWith('guest/') || process.env.VPOLL_GUEST !== undefined;
}

async function select(parts: string[], without: string[]): Promise<string[]> {
  const names = await readdir(join(root, 'test'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.test.ts') && isForHere(name)).map((name) => join('test', name));
  const holdsOne = (name: string, list: string[]): boolean => list.some((part) => name.includes(part));
  return files.filter((name) => (parts.length === 0 || holdsOne(name, parts)) && !holdsOne(name, without)).sort();
}

function report(file: string, runtime: RuntimeName, result: FileResult): void {
  const { passed, failed, skipped, elapsed_s } = result;
  const counts = [`${passed} passed`, ...(failed ? [`${failed} FAILED`] : []), ...(skipped ? [`${skipped} skipped`] : [])];
  console.log(`${failed ? 'FAIL' : 'ok  '} ${runtime} ${file}: ${counts.join(', ')} (${elapsed_s.toFixed(1)} s)`);
  for (const fault of result.faults) console.log(`     ${file} ${fault}`);
  if (failed) console.log(`${result.output.trimEnd()}\n`);
  else for (const line of result.skips) console.log(`     ${line}`);
}

function summary({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

async function runAll(files: string[], runtime: RuntimeName, all: Totals): Promise<void> {
  const own: Totals = { passed: 0, failed: 0, skipped: 0, failing: [] };
  // One after the other: tests measure time and count descriptors, and a neighbour would spoil both.
  for (const file of files) {
    const result = await runFile(file, runtime);
    report(file, runtime, result);
    for (const sum of [own, all]) {
      sum.passed += result.passed;
      sum.failed += result.failed;
      sum.skipped += result.skipped;
      if (result.failed) sum.failing.push(`${runtime} ${file}`);
    }
  }
  // Only the last line of all has the form of a total: who reads it must not take a part for the whole.
  console.log(`-- ${runtime}: ${summary(own)}\n`);
}

function runtimesOf(asked: string | undefined): readonly RuntimeName[] {
  if (asked === undefined) return RUNTIMES;
  const found = RUNTIMES.find((name) => name === asked);
  if (!found) throw new Error(`tools/test.ts: no runtime ${asked} (${RUNTIMES.join(', ')})`);
  return [found];
}

async function main(): Promise<number> {
  const options = { without: { type: 'string' }, runtime: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const runtimes = runtimesOf(values.runtime ?? process.env.VPOLL_RUNTIME);
  // Where npm may run no scripts, nothing was built at install time.
  await buildIfStale();
  process.chdir(root);
  const files = await select(positionals.map(normalize), values.without?.split(',') ?? []);
  const all: Totals = { passed: 0, failed: 0, skipped: 0, failing: [] };
  for (const runtime of runtimes) {
    const its = files.filter((file) => runtime === 'node' || !ONCE.test(file));
    if (its.length > 0) await runAll(its, runtime, all);
  }
  if (all.failing.length) console.log(`failing:\n${all.failing.map((line) => `  ${line}\n`).join('')}`);
  if (all.passed === 0) console.log('no test passed\n');
  console.log(summary(all));
  return all.failed > 0 || all.passed === 0 ? 1 : 0;
}

process.exitCode = await main();

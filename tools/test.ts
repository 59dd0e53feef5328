// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Runs the suites, each test file in a process of its own, and ends with the line `N passed, N failed`.
 *
 *     tools/test.ts [PART...] [--without PART,PART]
 *
 * A PART is any part of a file's path: `test/core`, `poller`. With parts, only the files that hold one of them run.
 */

import { readdir } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale, root } from './build.js';
import { type FileResult, runFile } from './run-file.js';

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

function report(file: string, result: FileResult): void {
  const { passed, failed, skipped, elapsed_s } = result;
  const counts = [`${passed} passed`, ...(failed ? [`${failed} FAILED`] : []), ...(skipped ? [`${skipped} skipped`] : [])];
  console.log(`${failed ? 'FAIL' : 'ok  '} ${file}: ${counts.join(', ')} (${elapsed_s.toFixed(1)} s)`);
  for (const fault of result.faults) console.log(`     ${file} ${fault}`);
  if (failed) console.log(`${result.output.trimEnd()}\n`);
  else for (const line of result.skips) console.log(`     ${line}`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { without: { type: 'string' } } });
  // Where npm may run no scripts, nothing was built at install time.
  await buildIfStale();
  process.chdir(root);
  const files = await select(positionals.map(normalize), values.without?.split(',') ?? []);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failing: string[] = [];
  // One after the other: tests measure time and count descriptors, and a neighbour would spoil both.
  for (const file of files) {
    const result = await runFile(file);
    report(file, result);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skipped += result.skipped;
    if (result.failed) failing.push(file);
  }
  if (failing.length) console.log(`\nfailing: ${failing.join(' ')}`);
  if (sum.passed === 0) console.log('\nno test passed');
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped ? `, ${sum.skipped} skipped` : ''}`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

process.exitCode = await main();

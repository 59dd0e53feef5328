// SPDX-License-Identifier: LGPL-2.1-or-later

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Leftovers } from './leftovers.js';
import { argsOf, programOf, type RuntimeName } from './runtimes.js';
import { slowness } from './slowness.js';

/** The outcome of one test file. */
export interface FileResult {
  passed: number;
  failed: number;
  skipped: number;
  /** Why the file as a whole is at fault, beyond the tests that failed by name. */
  faults: string[];
  /** `SKIP name: reason` lines, as test/support/needs.ts prints them. */
  skips: string[];
  output: string;
  elapsed_s: number;
  /** Of this processor and the kernel, by the file's process and all that it started and waited for. */
  processor_s: number;
}

const TIMEOUT_S = 180;

/** A file may ask for more time than the default: `// timeout: 600`, in seconds. */
export async function timeoutOf(file: string): Promise<number> {
  const asked = /^\/\/ timeout: (\d+)$/m.exec(await readFile(file, 'utf8'));
  return (asked ? Number(asked[1]) : TIMEOUT_S) * slowness;
}

interface Exit {
  output: string;
  faults: string[];
}

/** Runs one file; its end is the end of everything that it started. */
async function execute(file: string, runtime: RuntimeName, timeout_s: number): Promise<Exit> {
  const leftovers = new Leftovers();
  // Deno must not look for a newer one of itself.
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', TMPDIR: leftovers.folder };
  delete (env as NodeJS.ProcessEnv).FORCE_COLOR;
  const child = spawn(programOf(runtime), argsOf(runtime, file), { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const { pid } = child;
  if (pid === undefined) return { output, faults: ['could not be started', ...(await leftovers.end())] };

  const faults: string[] = [];
  const timer = setTimeout(() => {
    faults.push(`took more than ${timeout_s} s`);
    leftovers.kill();
  }, timeout_s * 1000);
  // 'close' waits for the pipes, which a leaked grandchild would keep open: ask for it only once the group is gone.
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...end) => {
      resolve(end);
    }),
  );
  clearTimeout(timer);
  if (faults.length === 0 && signal) faults.push(`was ended by ${signal}`);
  if (code !== 0 && code !== null) faults.push(`exited with status ${code}`);
  faults.push(...(await leftovers.end()));
  await Promise.race([closed, sleep(1000)]);
  child.stdout.destroy();
  child.stderr.destroy();
  return { output, faults };
}

/** What the children of this process have used of a processor: cutime and cstime of proc_pid_stat(5), in ticks of 10 ms (USER_HZ). */
async function childrenProcessor_s(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function numberAfter(label: string, output: string): number | undefined {
  const found = [...output.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, 'gm'))].pop();
  return found ? Number(found[1]) : undefined;
}

/**
 * Runs one test file and reads uvu's summary. The file fails as well when its summary can't be trusted. None was printed, or
 * no test ran. The process ended badly although every test passed. Or a test was skipped that gave no reason.
 */
export async function runFile(file: string, runtime: RuntimeName = 'node'): Promise<FileResult> {
  const started = performance.now();
  const before_s = await childrenProcessor_s();
  const { output, faults } = await execute(file, runtime, await timeoutOf(file));
  const elapsed_s = (performance.now() - started) / 1000;
  const processor_s = (await childrenProcessor_s()) - before_s;
  const total = numberAfter('Total', output);
  const passed = numberAfter('Passed', output) ?? 0;
  const skippedByUvu = numberAfter('Skipped', output) ?? 0;
  const skips = output.split('\n').filter((line) => line.startsWith('SKIP '));

  const byName = (total ?? 0) - passed;
  // Status 1 is how uvu says that tests failed by name.
  const reasons = byName > 0 ? faults.filter((fault) => fault !== 'exited with status 1') : faults;
  if (total === undefined) reasons.push('printed no summary');
  else if (total === 0 && skips.length === 0) reasons.push('ran no test');
  if (skippedByUvu !== skips.length) reasons.push(`skipped ${skippedByUvu} tests and gave ${skips.length} reasons`);
  const failed = byName + (reasons.length > 0 ? 1 : 0);
  return { passed, failed, skipped: skips.length, faults: reasons, skips, output, elapsed_s, processor_s };
}

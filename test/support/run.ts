// SPDX-License-Identifier: LGPL-2.1-or-later

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program in `cwd` and returns its standard output. Throws with everything that it said when it fails. */
export function run(program: string, args: string[], cwd = root): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error) throw error;
  if (status !== 0) {
    const failure = new Error(`${program} ${args.join(' ')}: ${signal ?? `status ${status}`}\n${stdout}${stderr}`);
    // uvu prints the stack below the message, and a stack begins with the message: what the program said would stand there twice.
    failure.stack = failure.name;
    throw failure;
  }
  return stdout;
}

/** Runs a tool of node_modules/.bin under this very Node. */
export function runTool(name: string, ...args: string[]): string {
  return run(process.execPath, [join(root, 'node_modules/.bin', name), ...args]);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

import { argsOf, builtOf, current, programOf, type StartOptions } from '../../tools/runtimes.js';

export { current as runtime };

/** The program and arguments that run a TypeScript file under this very runtime. */
export function command(file: string, options: StartOptions = {}): [program: string, ...args: string[]] {
  return [programOf(current), ...argsOf(current, file, options)];
}

const { Bun, gc } = globalThis as { Bun?: { gc(synchronously: boolean): void }; gc?: () => void };

/** What a Worker of this runtime can be made of, for a TypeScript file. */
export function workerOf(file: string): string {
  return current === 'node' ? builtOf(file)! : file;
}

/** Collects all garbage now. The program must have been started with the option `gc`. */
export function collectGarbage(): void {
  if (Bun) Bun.gc(true);
  else if (gc) gc();
  else throw new Error('started without the option gc');
}

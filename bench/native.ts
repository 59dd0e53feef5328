// SPDX-License-Identifier: LGPL-2.1-or-later

// The C programs of this folder: compiled on the spot, started once, and driven by lines on their stdin.

import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Child = ChildProcessByStdio<Writable, Readable, null>;

export class Native {
  readonly #child: Child;
  readonly #lines: AsyncIterator<string>;
  readonly #folder: string;

  private constructor(folder: string, program: string, env: Record<string, string>) {
    this.#folder = folder;
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles and starts a program, with more in its environment: it, or the reason why there is none. */
  static start(source: string, libraries: string[] = [], env: Record<string, string> = {}): Native | string {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-bench-'));
    const program = join(folder, 'loops');
    const flags = ['-std=gnu11', '-O2', '-Wall', '-Werror', '-o', program, source, ...libraries];
    const { error, status, stderr } = spawnSync('cc', flags, { encoding: 'utf8' });
    if (!error && status === 0) return new Native(folder, program, env);
    rmSync(folder, { recursive: true });
    if (error) return `no C compiler: ${error.message}`;
    return `cc: ${stderr.split('\n').find((line) => line.includes('error') || line.includes('cannot')) ?? stderr}`;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Runs the loop `name` `count` times: nanoseconds. */
  async run(name: string, count: number): Promise<number> {
    this.#child.stdin.write(`${name} ${count}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`the C program ended at ${name} ${count}`);
    return Number(line.value);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs ending-program.ts, two processes at a time.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root } from '../../../tools/build.js';
import { slowness } from '../../../tools/slowness.js';
import { runtime } from '../../support/runtime.js';
import type { Order, Outcome } from './ending-program.js';

/** So long, and as much again for each 50 Workers, that nobody takes it for a measure: a program that needs it hangs. */
const LIMIT_MS = 60_000 * slowness;

/** How one process ended. */
export interface End {
  way: string;
  /** Its status, or the signal that ended it. */
  end: number | string;
  /** What became of its Workers. */
  workers: Outcome[];
  stderr: string;
}

/** A folder with the program in plain JavaScript, and a FIFO for each process that runs at a time. */
export class Endings {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vpoll-ending-'));
  readonly #program = join(this.#folder, 'program.mjs');
  readonly #fifos = [0, 1].map((nth) => join(this.#folder, `fifo-${nth}`));

  constructor() {
    const source = readFileSync(fileURLToPath(new URL('ending-program.ts', import.meta.url)), 'utf8');
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    writeFileSync(this.#program, ts.transpileModule(source, { compilerOptions }).outputText);
    execFileSync('mkfifo', this.#fifos);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Runs all of them. */
  async run(orders: readonly Omit<Order, 'library' | 'fifo'>[]): Promise<End[]> {
    const queue = orders.values();
    const all: End[] = [];
    const work = async (fifo: string): Promise<void> => {
      for (const order of queue) all.push(await this.#runOne(order, fifo));
    };
    await Promise.all(this.#fifos.map(work));
    return all;
  }

  async #runOne(order: Omit<Order, 'library' | 'fifo'>, fifo: string): Promise<End> {
    const library = pathToFileURL(join(root, 'build/index.js')).href;
    const args = runtime === 'deno' ? ['run', '--allow-all', '--quiet'] : [];
    args.push(this.#program, JSON.stringify({ ...order, library, fifo }));
    // A user's program, started by a shell: no variables of a test runner's loader.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS * (1 + order.workers / 50),
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const end = await new Promise<number | string>((resolve) => {
      child.once('close', (status, signal) => {
        resolve(status ?? signal!);
      });
    });
    return { way: order.way, end, workers: stdout ? (JSON.parse(stdout) as Outcome[]) : [], stderr };
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The real kernel as oracle: carries programs out by test/sim/real, and finds the first step of each where the two kernels differ.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../../support/run.js';
import { featuresOfThisKernel } from './features.js';
import { type Kernel, type ModelRun, textOf } from './program.js';
import { textOf as textOfStep } from './step.js';

/** Where the two said something else. */
export interface Difference {
  /** The number of the step. */
  readonly at: number;
  readonly simulated: string;
  readonly real: string;
}

/** This kernel, as the simulated one is told to be. */
export function thisKernel(): Kernel {
  const [major, minor] = release().split('.').map(Number);
  return { version: 100 * major! + minor!, features: featuresOfThisKernel() };
}

/** The compiled runner. */
export class Oracle {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vpoll-sim-'));
  readonly #program = join(this.#folder, 'real');

  constructor() {
    const sources = join(root, 'test/sim/real');
    const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
    const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];
    run('gcc', [...flags, '-o', this.#program, ...files.map((name) => join(sources, name))]);
  }

  /** What the real kernel says to each step of each program. */
  #ask(runs: readonly ModelRun[]): string[][] {
    const input = runs.map(textOf).join('');
    const { status, signal, stdout, stderr, error } = spawnSync(this.#program, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (error) throw error;
    if (status !== 0) throw new Error(`the runner: ${signal ?? `status ${status}`}\n${stderr}`);
    // A program whose steps were all refused says nothing but its end.
    const programs: string[][] = [[]];
    for (const line of stdout.split('\n')) {
      if (line === 'E') programs.push([]);
      else programs.at(-1)!.push(line);
    }
    return programs.slice(0, -1);
  }

  /** The first difference of each program, or undefined. */
  compare(runs: readonly ModelRun[]): (Difference | undefined)[] {
    const answers = this.#ask(runs);
    return runs.map(({ told }, index) => {
      const lines = answers[index] ?? [];
      for (const [at, { said }] of told.entries()) {
        const real = lines[at] ?? '(nothing)';
        if (real !== said) return { at, simulated: said, real };
      }
      return lines.length > told.length ? { at: told.length, simulated: '(nothing)', real: lines[told.length]! } : undefined;
    });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A difference as a report: the steps up to it, with what the simulated kernel said. */
export function explain({ program, told }: ModelRun, { at, simulated, real }: Difference): string {
  const steps = told.slice(0, at + 1).map(({ step, said }, index) => `${index}: ${textOfStep(step)} ->${said}`);
  const head = `${program.tasks} tasks, RLIMIT_NOFILE ${program.limit}, ${program.looks ? 'with' : 'without'} looks`;
  return [head, ...steps, `simulated:${simulated}`, `real:     ${real}`].join('\n');
}

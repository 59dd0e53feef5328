// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario by the simulated kernel behind it, build/vpoll-sim.wasm: for `vpoll sim` and for the playground.

import { Bytes } from './lines.js';
import { Machine, MISUSE, type Mistake } from './machine.js';

/** What a run of a scenario gave. */
export interface ScenarioResult {
  /** 0: it came to its end; 1: it failed on the way; 2: it can't be read. */
  readonly status: number;
  readonly stdout: string;
  /** What went wrong, a line; or ''. */
  readonly stderr: string;
  /** docs/simulation.md says what stands in it. Both empty where the scenario can't be read. */
  readonly trace: string;
  readonly hash: string;
}

const decoder = new TextDecoder();

/** What a run has come to, which ended by `mistake` if anything went wrong, and printed `stdout`. */
export function resultOf(machine: Machine, stdout: Bytes, mistake: Mistake | undefined): ScenarioResult {
  // Nothing has run where it could not be read.
  const hasRun = mistake?.status !== MISUSE;
  return {
    status: mistake?.status ?? 0,
    stdout: decoder.decode(stdout.all),
    stderr: mistake ? `${mistake.message}\n` : '',
    trace: hasRun ? machine.trace : '',
    hash: hasRun ? machine.hash : '',
  };
}

/** `module` is build/vpoll-sim.wasm. A trace that is not kept is empty. */
export function runScenario(module: WebAssembly.Module, text: Uint8Array, seed: bigint, keepsTrace: boolean): ScenarioResult {
  const stdout = new Bytes();
  const machine = new Machine(module, (printed) => {
    stdout.add(printed);
  });
  return resultOf(machine, stdout, machine.begin(text, seed, keepsTrace) ?? machine.finish());
}

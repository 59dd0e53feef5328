// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario by the simulated kernel behind it: build/vpoll-sim.wasm, a WASI command.

import { runProgram } from '../../host/wasi/command.js';

/** What a run of a scenario gave. */
export interface ScenarioResult {
  /** 0: it came to its end; 1: it failed on the way; 2: it can't be read. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const decoder = new TextDecoder();

/** `module` is build/vpoll-sim.wasm; `args` are its own: --seed N, --hash, --trace. */
export async function runScenario(
  module: WebAssembly.Module,
  text: Uint8Array,
  args: readonly string[],
): Promise<ScenarioResult> {
  const ended = await runProgram({ module, args: ['vpoll-sim', ...args], stdin: text });
  return { status: ended.status, stdout: decoder.decode(ended.stdout), stderr: decoder.decode(ended.stderr) };
}

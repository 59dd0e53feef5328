// SPDX-License-Identifier: LGPL-2.1-or-later

// What a page runs: the command through @wasmer/wasi, as in every other runtime. Bundled by browser.ts.

import { runScenario } from '../../../src/scenario/command.js';

/** Runs a scenario in this page: [status, stdout, stderr]. */
async function play(wasm: string, text: string, args: string[]): Promise<[number, string, string]> {
  const module = new WebAssembly.Module(Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0)));
  const { status, stdout, stderr } = await runScenario(module, new TextEncoder().encode(text), args);
  return [status, stdout, stderr];
}

(globalThis as { play?: typeof play }).play = play;

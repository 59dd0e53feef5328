// SPDX-License-Identifier: LGPL-2.1-or-later

// What a page runs, in both ways, as in every other runtime. Bundled by test/support/browser.ts.

import { fromBase64 } from '../../../src/base64.js';
import { playBoth } from './play.js';

/** Runs a scenario in this page: [status, stdout, stderr]. */
async function play(wasm: string, text: string, args: string[]): Promise<[number, string, string]> {
  const module = new WebAssembly.Module(fromBase64(wasm));
  const { status, stdout, stderr } = await playBoth(module, new TextEncoder().encode(text), args);
  return [status, stdout, stderr];
}

(globalThis as { play?: typeof play }).play = play;

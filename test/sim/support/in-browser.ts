// SPDX-License-Identifier: LGPL-2.1-or-later

// What a page runs of the simulator, as every other runtime does. Bundled by test/support/browser.ts.

import { simulate } from '../../../src/sim/index.js';
import { APART } from './apart.js';
import { lineOf } from './correct.js';
import { outcomes } from './without-context-programs.js';

/** The lines of these seeds. */
async function lines(first: number, count: number): Promise<string[]> {
  const all: string[] = [];
  for (let seed = first; seed < first + count; seed++) all.push(await lineOf(seed, APART));
  return all;
}

Object.assign(globalThis, { lines, outcomes: () => outcomes(simulate) });

// SPDX-License-Identifier: LGPL-2.1-or-later

// The words of a scenario that are numbers: events, and what stands in assembly/scenario/vocabulary.ts.

import * as numbers from '../constants.js';

/** Put in by tools/playground.ts, out of assembly/scenario/vocabulary.ts. */
declare const NUMBER_WORDS: readonly string[];

const events = Object.keys(numbers)
  .filter((name) => name.startsWith('EPOLL'))
  .map((name) => name.slice('EPOLL'.length));

export const constants: ReadonlySet<string> = new Set([...events, ...NUMBER_WORDS]);

// SPDX-License-Identifier: LGPL-2.1-or-later

// The twelve. test/sim/bugs.test.ts finds each; `npm run bench -- --only sim` says in how many runs.

import type { Bug } from './bug.js';
import { abaInBatch, numberReused } from './identity.js';
import { backpressure, herd, starvation } from './sharing.js';
import { checkThenAct, shutdownRace, timerAgainstEvent } from './timing.js';
import { lostWakeUp, mergedEdges, oneshot, partialRead } from './wake-ups.js';

export type { Bug } from './bug.js';

export const BUGS: readonly Bug[] = [
  lostWakeUp,
  numberReused,
  abaInBatch,
  starvation,
  partialRead,
  mergedEdges,
  herd,
  oneshot,
  shutdownRace,
  timerAgainstEvent,
  checkThenAct,
  backpressure,
];

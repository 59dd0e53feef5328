// SPDX-License-Identifier: LGPL-2.1-or-later

// Eighteen classic bugs: twelve, and six that were written afterwards by someone who had not seen the strategies, and not tuned after that.
// test/sim/bugs.test.ts finds each; `npm run bench -- --only sim` says in how many runs.

import type { Bug } from './bug.js';
import { abaInBatch, calledAfterEnd, doubleClose, numberReused } from './identity.js';
import { backpressure, herd, lockOrder, starvation } from './sharing.js';
import { earlyHangup, outDropped } from './streams.js';
import { checkThenAct, retryRace, shutdownRace, timerAgainstEvent } from './timing.js';
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
  doubleClose,
  calledAfterEnd,
  earlyHangup,
  outDropped,
  lockOrder,
  retryRace,
];

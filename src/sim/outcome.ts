// SPDX-License-Identifier: LGPL-2.1-or-later

// What a run leaves behind: whether it failed, and what it takes to say why and to make it again.

import type { Choices } from './replay.js';
import type { Ownership } from './threads.js';
import type { Failure, Leftover } from './types.js';

/** What came of one run. */
export interface Outcome {
  readonly failure: Failure | undefined;
  /** What was chosen, and the trace: empty where it passed, and nobody wanted them. */
  readonly choices: Choices;
  readonly trace: string;
  readonly ownerships: readonly Ownership[];
  readonly hash: string;
  /** How many choices between tasks there were. */
  readonly steps: number;
  readonly nowMs: number;
  readonly leftovers: readonly Leftover[];
  /** Of an exhaustive walk, the next choices; undefined after the last. */
  readonly next: Choices | undefined;
}

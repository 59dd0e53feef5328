// SPDX-License-Identifier: LGPL-2.1-or-later

// When `auto` starts a helper, which nobody has asked for: where it is harmless and possible. Elsewhere the next backend serves, and asking again
// must cost next to nothing: a program may make thousands of vpolls.

import { nowMs } from '../../host/clock.js';
import type { Why } from '../why.js';
import { tryHelper, whyNoHelper } from './helper.js';
import { whyNoStart } from './guest.js';
import { RETRY, UNASKED_PATIENCE_MS } from './policy.js';

/** Milliseconds of the clock until which no helper is asked for; 0: nothing has failed. */
let quietUntilMs = 0;
/** Why the last start failed, where one did. */
let failure: Why | undefined;

/** Whether `auto` should ask for a helper at all: not soon after there was none. */
export function isWorthAsking(): boolean {
  return quietUntilMs === 0 || nowMs() >= quietUntilMs;
}

/** Why a start failed not long ago, or undefined. */
export function whyItFailed(): Why | undefined {
  return isWorthAsking() ? undefined : failure;
}

/** Why `auto` starts no helper here as far as can be told without a start, or undefined. */
export function whyNotByItself(): Why | undefined {
  return whyNoHelper() ?? whyNoStart();
}

/** Starts a helper for `auto`, and blocks until it serves: why there is none, or undefined. */
export function startByItself(): Why | undefined {
  const began = nowMs();
  const unwanted = whyNotByItself();
  failure = unwanted ? undefined : tryHelper(UNASKED_PATIENCE_MS);
  const why = unwanted ?? failure;
  const now = nowMs();
  // A shortage of descriptors is of the moment.
  if (why && why.shortage === undefined) quietUntilMs = now + Math.max(RETRY.atLeastMs, RETRY.times * (now - began));
  return why;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Targets with a listener. They have a set of their own, which is looked at all the time. The set of wait() is looked at only when
// somebody waits: what is ready there and nobody asks for must not keep the event loop busy.

import type { PollerGround } from './ground.js';
import type { Ready } from './registration.js';
import type { PollSet } from './set.js';
import { takeFailure, toEvent, waitFailure } from './waits.js';

/** The most events that are taken in one turn of the event loop, so that others have theirs. */
const MAX = 1024;

function deliver(ready: Ready, ground: PollerGround): void {
  try {
    ready.registration.listener?.(toEvent(ready));
  } catch (error) {
    // The others of the batch must be told too: what was reported is not reported again.
    ground.uncaught(error);
  }
}

/** Calls the listeners of what is ready in `set`, which is looked at again where somebody wants more; `error`: it can't be waited for. */
export function dispatch(set: PollSet, ground: PollerGround, isWanted: (set: PollSet) => boolean, error?: Error): void {
  if (error) {
    ground.uncaught(waitFailure(error));
    return;
  }
  const ready = set.takeAny(MAX);
  if (typeof ready === 'number') {
    ground.uncaught(takeFailure(ready));
    return;
  }
  // Not earlier: one listener may close what is another's.
  for (const each of ready) if (set.isLive(each.registration)) deliver(each, ground);
  if (isWanted(set)) set.arm();
}

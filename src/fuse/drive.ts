// SPDX-License-Identifier: LGPL-2.1-or-later

// Going from step to step of a start, blocking or not. A helper that says nothing for too long is given up.

import type { Calls } from '../../host/linux/calls.js';
import { isReadable } from '../wait/until-readable.js';
import { PATIENCE_MS } from './policy.js';
import type { Start, Step } from './start.js';

function patience({ patienceMs = PATIENCE_MS }: Start): number {
  return patienceMs;
}

function giveUp(start: Start): Step {
  return start.giveUp(`no answer within ${patience(start) / 1000} s`);
}

/** With nothing else between them. */
export function drive(calls: Calls, start: Start): Step {
  let step = start.begin();
  while ('wait' in step) {
    if (calls.wait(step.wait, patience(start)) <= 0) return giveUp(start);
    step = start.next();
  }
  return step;
}

/** The same, with the event loop between them. */
export async function drift(start: Start): Promise<Step> {
  let step = start.begin();
  while ('wait' in step) {
    if (!(await isReadable(step.wait, patience(start)))) return giveUp(start);
    step = start.next();
  }
  return step;
}

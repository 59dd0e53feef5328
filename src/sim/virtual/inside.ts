// SPDX-License-Identifier: LGPL-2.1-or-later

// Which task runs, and what it has in place of the runtime's own clock, timers and chance. All that follows from a task, through promises and
// callbacks, runs in its context; what others run, the test that waits for the simulation among them, runs in none.

import { createContext } from '../../../host/context.js';
import type { VPollError } from '../../errors.js';
import type { Chance } from './chance.js';
import type { Timers } from './timers.js';

/** A task, as what is put in place of the runtime's functions sees it. */
export interface Inside {
  /** Its run is over: what is left of it has the runtime's own again. */
  readonly isOver: boolean;
  readonly timers: Timers;
  readonly chance: Chance;
  /** Virtual milliseconds since its run began. */
  nowMs(): number;
  /** It asks for what no simulation gives, by this name: the run has failed. */
  refuse(what: string): VPollError;
}

/** Undefined in a browser: there nothing tells who runs but the order in which tasks go on. */
export const insides = createContext<Inside>();

/** The task that runs; undefined outside of all. */
export function inside(): Inside | undefined {
  const task = insides?.get();
  return task === undefined || task.isOver ? undefined : task;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Errors that nobody has caught, and rejections that nobody has handled, while simulations run: those of a task are its run's failure, all others are
// for whom they always were.

import type { TakeStray } from '../../host/runtime.js';
import { here } from '../runtime.js';
import { insides, type Inside } from './virtual/inside.js';

/** A simulation that runs. */
export interface Run {
  /** Takes it, if it is of one of its tasks. `task`: whose it is; where that can't be told it came about just now. */
  takeStray(error: unknown, task: Inside | undefined, isTold: boolean): boolean;
}

const running = new Set<Run>();
let release: (() => void) | undefined;

/**
 * Where a runtime tells of rejections late and in no context, one of our own follows each step of a task: it is told after those of the task and before all
 * others. Without a task: what came before isn't of one.
 */
class Mark {
  readonly task: Inside | undefined;

  constructor(task: Inside | undefined) {
    this.task = task;
  }
}

/** Those that haven't been told, the oldest first. */
const marks: Mark[] = [];

/** All that was rejected since the last mark is of this task. */
export function mark(task: Inside | undefined): void {
  if (!here.isStrayLate || !insides) return;
  const made = new Mark(task);
  marks.push(made);
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- nobody sees it but take()
  void Promise.reject(made);
}

const take: TakeStray = (error, when) => {
  if (error instanceof Mark) {
    marks.splice(0, marks.indexOf(error) + 1);
    return true;
  }
  const task = when === 'late' ? marks[0]?.task : insides?.get();
  return [...running].some((run) => run.takeStray(error, task, when !== 'at once'));
};

/** A simulation runs, until what this returns is called. */
export function follow(run: Run): () => void {
  running.add(run);
  if (insides) release ??= here.catchStray(take);
  return () => {
    running.delete(run);
    if (running.size > 0) return;
    release?.();
    release = undefined;
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Whether two runs of the same choices are the same run. Where they aren't, something in the program is not the simulation's: chance, the time of
// day, or what an earlier run has left behind.

import type { Outcome } from './outcome.js';
import { ownerAt } from './table.js';
import type { Failure } from './types.js';

/** Where the first line begins in which two texts differ. */
function partingOf(one: string, other: string): number {
  let line = 0;
  let at = 0;
  while (at < one.length && one[at] === other[at]) if (one[at++] === '\n') line = at;
  return line;
}

function lineAt(trace: string, start: number): string {
  const end = trace.indexOf('\n', start);
  return start >= trace.length ? '(its end)' : trace.slice(start, end < 0 ? undefined : end);
}

function howItEnded({ failure }: Outcome): string {
  return failure ? `${failure.task}: ${failure.kind}: ${failure.message}` : 'no failure';
}

/** A check may fail one of two runs whose traces are alike, and so may a task that throws by chance at its end. */
function isSameEnd(one: Failure | undefined, other: Failure | undefined): boolean {
  return one?.kind === other?.kind && one?.task === other?.task;
}

/** The failure of two runs that should have been one, or undefined where they were. */
export function findParting(one: Outcome, other: Outcome): Failure | undefined {
  if (one.hash === other.hash && isSameEnd(one.failure, other.failure)) return undefined;
  const why = "the same choices made two different runs, so it depends on something that is not its kernel's";
  if (one.hash === other.hash) {
    const message = `${why}. Their traces are alike, their ends are not:\n  first:  ${howItEnded(one)}\n  second: ${howItEnded(other)}`;
    const task = (one.failure ?? other.failure)!.task;
    return { kind: 'nondeterministic', task, atMs: one.nowMs, message };
  }
  const at = partingOf(one.trace, other.trace);
  const step = one.trace.slice(0, at).split('\n').length;
  const [first, second] = [lineAt(one.trace, at), lineAt(other.trace, at)];
  const [, ns = '0', thread] = /^(\d+) t(\d+)/.exec(first) ?? /^(\d+) t(\d+)/.exec(second) ?? [];
  const task = ownerAt(one.ownerships, Number(thread), at) ?? one.ownerships[0]!.task;
  const message = `${why}. Their traces part at line ${step}:\n  first:  ${first}\n  second: ${second}`;
  return { kind: 'nondeterministic', task, atMs: Number(ns) / 1e6, message };
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// How a run ends in which nobody can go on, in words: who waits for what. And what is left behind by one that ended.

import { activeResources } from '../../host/builtin.js';
import type { SimTask } from './task.js';
import type { Failure, Leftover } from './types.js';

/** A wait for the kernel, as its task would call it. */
export interface NamedWait {
  readonly task: SimTask;
  readonly what: string;
  readonly sinceNs: bigint;
  /** Of a listener or a timer: nobody waits for it. */
  readonly isBackground: boolean;
}

/** The end of a run, and whose. */
export interface End extends Pick<Failure, 'kind' | 'message'> {
  readonly task: SimTask;
  /** When that task has gone on last. */
  readonly sinceNs: bigint;
}

function toMs(ns: bigint): number {
  return Number(ns) / 1e6;
}

/** The simulation's own, and what a terminal or a pipe is at all times. */
const USUAL = /^(?:Immediate|TTYWrap|PipeWrap)$/;

/** What the runtime itself waits for: in a test process some of it is the test's. */
function outside(): string {
  const found = [...new Set(activeResources())].filter((name) => !USUAL.test(name));
  return found.length > 0 ? ` (the runtime waits for ${found.join(', ')})` : '';
}

/** A task without a wait for its kernel waits for a promise, and whose that is no runtime says. */
function describeWaits(task: SimTask, waits: readonly NamedWait[]): string {
  const own = waits.filter((wait) => wait.task === task && !wait.isBackground);
  if (own.length === 0) return `${task.name} waits for a promise since ${toMs(task.lastNs)} ms`;
  return `${task.name} waits for ${own.map(({ what, sinceNs }) => `${what} since ${toMs(sinceNs)} ms`).join(', ')}`;
}

/** What is known of the promises that tasks wait for, and no more: one that others settle looks the same as one that nobody would. */
function doubtOf(promised: number): string {
  if (promised === 0) return '';
  const cycle = promised > 1 ? ' (as with two locks that are taken in opposite orders)' : '';
  return `. Who would settle a promise no runtime tells: these tasks may wait for one another${cycle}, or for what nobody settles`;
}

/**
 * Of tasks that nobody will let go on. One alone that waits for no call of its kernel waits for what is not the simulator's, or for a promise that nobody settles: all
 * who could have done so are at their end. Of several, each may wait for the others.
 */
export function endOf(asleep: readonly SimTask[], waits: readonly NamedWait[]): End {
  const [first] = asleep as readonly [SimTask];
  const promised = asleep.filter(({ pending }) => pending === 0);
  if (promised.length === asleep.length && asleep.length === 1) {
    const message =
      `since ${toMs(first.lastNs)} ms it waits for something that is not the simulator's, or for a promise that nobody will settle: ` +
      `no other task is left that could${outside()}`;
    return { kind: 'foreign', task: first, message, sinceNs: first.lastNs };
  }
  const names = asleep.map(({ name }) => name).join(', ');
  const each = asleep.map((task) => describeWaits(task, waits)).join('; ');
  const message = `nobody will wake ${names}: ${each}${doubtOf(promised.length)}`;
  return { kind: 'stuck', task: first, message, sinceNs: -1n };
}

/** What tasks have left behind: what is open, what is waited for, timers that are set. */
export function leftoversOf(tasks: readonly SimTask[], waits: readonly NamedWait[]): Leftover[] {
  return tasks
    .filter(({ isDead }) => !isDead)
    .flatMap((task) => [
      ...[...task.made.values()].map(({ what, sinceNs }) => ({
        task: task.name,
        kind: 'open' as const,
        what,
        sinceMs: toMs(sinceNs),
      })),
      ...[...waits.filter((wait) => wait.task === task && !wait.isBackground), ...task.timers.pending].map(
        ({ what, sinceNs }) => ({ task: task.name, kind: 'pending' as const, what, sinceMs: toMs(sinceNs) }),
      ),
    ]);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// How a run has failed: the first that goes wrong is it.

import { VPollError } from '../errors.js';
import { endOf, type NamedWait } from './ends.js';
import type { SimTask } from './task.js';
import type { Failure, Leftover } from './types.js';

const FOREIGN = 'its kernel, its timers and promises that tasks settle are all that it may wait for';
/** In a browser. */
export const NO_CONTEXT =
  'this runtime has no AsyncLocalStorage, so a task may wait for nothing but what its own kernel gives, and tasks may not share promises';

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export class Verdict {
  failure: Failure | undefined;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  fail(kind: Failure['kind'], { name }: SimTask, message: string, error?: unknown, atMs = this.#nowMs()): void {
    this.failure ??= { kind, task: name, atMs, message, error };
  }

  threw(task: SimTask, error: unknown): void {
    this.fail('threw', task, messageOf(error), error);
  }

  endless(task: SimTask): void {
    this.fail('endless', task, 'it made more calls than maxCalls allows');
  }

  /** A task has to do with what isn't the simulator's. What this gives is for that task. */
  foreign(task: SimTask, message: string): VPollError {
    this.fail('foreign', task, `${message}: ${FOREIGN}`);
    return new VPollError('EOPNOTSUPP', 'simulate', message);
  }

  /** Nobody can go on, and nothing is due. */
  end(asleep: readonly SimTask[], waits: readonly NamedWait[]): void {
    const { kind, task, message, sinceNs } = endOf(asleep, waits);
    if (kind === 'foreign') this.fail(kind, task, `${message}: ${FOREIGN}`, undefined, Number(sinceNs) / 1e6);
    else this.fail(kind, task, message);
  }

  /** What is left behind is a failure. */
  clean(tasks: readonly SimTask[], leftovers: readonly Leftover[]): void {
    const [first] = leftovers;
    if (!first) return;
    const each = leftovers.map(({ task, kind, what, sinceMs }) => `${what} of ${task}, ${kind} since ${sinceMs} ms`);
    this.fail(
      'unclean',
      tasks.find(({ name }) => name === first.task)!,
      `left behind: ${each.join('; ')}`,
    );
  }
}

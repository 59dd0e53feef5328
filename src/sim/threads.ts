// SPDX-License-Identifier: LGPL-2.1-or-later

// The threads of a run in the simulated kernel: each task has one, and each wait beside its first one has a further one while it is pending.

import { VPollError } from '../errors.js';
import type { NamedWait } from './ends.js';
import type { SimExports } from './machine.js';
import type { SimTask } from './task.js';

/** A wait that is pending. */
export interface Wait extends NamedWait {
  readonly resolve: (result: number) => void;
  /** What it got where the call itself didn't sleep. */
  readonly result: number | undefined;
}

/** What a wait is for. */
export interface Call {
  readonly number: number;
  readonly args: readonly number[];
  /** As its task would call it. */
  readonly what: string;
  readonly isBackground?: boolean;
}

/** A thread that waits, so that it can be interrupted. */
export interface Pending {
  readonly thread: number;
  readonly done: Promise<number>;
}

/** A thread is a task's from here on: the trace has threads, and a report names tasks. */
export interface Ownership {
  readonly thread: number;
  readonly task: string;
  /** How much of the trace there was then, in bytes. */
  readonly since: number;
}

export class Threads {
  readonly #machine: SimExports;
  readonly #waits = new Map<number, Wait>();
  readonly #idle: number[] = [];
  readonly ownerships: Ownership[] = [];
  readonly #owners = new Map<number, string>();

  constructor(machine: SimExports) {
    this.#machine = machine;
  }

  get waits(): Wait[] {
    return [...this.#waits.values()];
  }

  isWaiting(thread: number): boolean {
    return this.#waits.has(thread);
  }

  /** A wait begins. */
  put(thread: number, wait: Wait): void {
    this.#waits.set(thread, wait);
  }

  /** A wait is over. */
  take(thread: number): Wait {
    const wait = this.#waits.get(thread)!;
    this.#waits.delete(thread);
    if (thread !== wait.task.thread) this.#idle.push(thread);
    return wait;
  }

  /** A thread is this task's from now on. */
  own(thread: number, task: string): void {
    if (this.#owners.get(thread) === task) return;
    this.#owners.set(thread, task);
    this.ownerships.push({ thread, task, since: this.#machine.traceSize() });
  }

  /** A thread that nobody uses, for this task. */
  spare(task: SimTask): number {
    const thread = this.#idle.pop() ?? this.#machine.thread(0);
    if (thread < 0) throw new VPollError('ENOMEM', 'simulate', 'too many waits are pending');
    this.own(thread, task.name);
    return thread;
  }

  /** A thread of a task for a call that is over at once, after which it is spare again: the task's own may be asleep in another wait. */
  lend(task: SimTask): number {
    if (!this.#waits.has(task.thread)) return task.thread;
    const thread = this.spare(task);
    this.#idle.push(thread);
    return thread;
  }

  /** The waits of a task come to no end. */
  kill(task: SimTask): void {
    for (const [thread, wait] of [...this.#waits]) {
      if (wait.task !== task) continue;
      this.take(thread);
      this.#machine.kill(thread);
    }
  }
}

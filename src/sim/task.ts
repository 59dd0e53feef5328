// SPDX-License-Identifier: LGPL-2.1-or-later

// A task of a run: what it is called, its thread of the kernel, its timers, and what it has made and not closed.

import type { VPollError } from '../errors.js';
import type { Task } from './types.js';
import type { Chance } from './virtual/chance.js';
import { insides, type Inside } from './virtual/inside.js';
import { Timers, type Sleeper } from './virtual/timers.js';

/** What a task makes: a VPoll or a Poller. */
export interface Closable {
  close(): unknown;
}

/** The run that a task is of. */
export interface TaskRun extends Sleeper {
  readonly isOver: boolean;
  readonly chance: Chance;
  readClockMs(): number;
  refuse(task: SimTask, what: string): VPollError;
}

export class SimTask implements Inside {
  readonly of: TaskRun;
  readonly name: string;
  readonly run: Task;
  /** Waits beside its first one have further threads. */
  readonly thread: number;
  readonly timers: Timers;
  /** How many waits for its kernel are pending. */
  pending = 0;
  isEnded = false;
  /** It ended by the fault `dies`: what is left of it may do nothing more. */
  isDead = false;
  /** When it last went on, as far as the kernel knows. */
  lastNs = 0n;
  /** What it has made and not closed, by what that is called, and since when: where it dies that is closed, last first. */
  readonly made = new Map<Closable, { readonly what: string; readonly sinceNs: bigint }>();

  constructor(of: TaskRun, name: string, run: Task, thread: number) {
    this.of = of;
    this.name = name;
    this.run = run;
    this.thread = thread;
    this.timers = new Timers(of);
  }

  /** Runs as this task does. */
  enter(run: () => void): void {
    if (insides) insides.run(this, run);
    else run();
  }

  get isOver(): boolean {
    return this.of.isOver;
  }

  get chance(): Chance {
    return this.of.chance;
  }

  nowMs(): number {
    return this.of.readClockMs();
  }

  refuse(what: string): VPollError {
    return this.of.refuse(this, what);
  }
}

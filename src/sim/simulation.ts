// SPDX-License-Identifier: LGPL-2.1-or-later

// A run: tasks in JavaScript over a simulated kernel. A task waits by a call of the kernel that sleeps, or hands the processor on; who goes
// on then is decided by the kernel (assembly/sim/schedule.ts), so one runs at a time.

import { EINTR } from '../../host/errno.js';
import { VPollError } from '../errors.js';
import { Drain } from './drain.js';
import type { SimExports } from './machine.js';
import { DIES, N, SLEEPS, STUCK } from './numbers.js';
import type { Failure, Kernel, Task } from './types.js';

const MS = 1_000_000n;

/** What a task makes: a VPoll or a Poller. */
interface Closable {
  close(): unknown;
}

/** A task of the run. */
export interface SimTask {
  readonly name: string;
  readonly run: Task;
  /** Its thread of the kernel. Waits beside its first one have further threads. */
  readonly thread: number;
  /** How many waits are pending. */
  pending: number;
  isOver: boolean;
  /** What it has made and not closed: where it dies that is closed, last first. */
  readonly made: Set<Closable>;
}

/** A wait that is pending. */
interface Wait {
  readonly task: SimTask;
  readonly resolve: (result: number) => void;
  /** What it got where the call itself didn't sleep. */
  readonly result: number | undefined;
  /** The wait of a listener says nothing about what its task waits for. */
  readonly isBackground: boolean;
}

/** What a wait is for. */
export interface Call {
  readonly number: number;
  readonly args: readonly number[];
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

/** One run of tasks over one machine. */
export class Simulation {
  readonly machine: SimExports;
  readonly tasks: SimTask[] = [];
  readonly ownerships: Ownership[] = [];
  readonly #owners = new Map<number, string>();
  isOver = false;
  #current: SimTask | undefined;
  readonly #waits = new Map<number, Wait>();
  readonly #idle: number[] = [];
  #failure: Failure | undefined;
  #callsLeft: number;

  constructor(machine: SimExports, maxCalls: number) {
    this.machine = machine;
    this.#callsLeft = maxCalls;
  }

  /** Adds a task, which begins when {@link Simulation.run} does. */
  add(name: string, run: Task): SimTask {
    const thread = this.tasks.length === 0 ? this.machine.spawn() : this.machine.thread(0);
    if (thread < 0) throw new VPollError('EINVAL', 'simulate', 'there are too many tasks');
    const task = { name, run, thread, pending: 0, isOver: false, made: new Set<Closable>() };
    this.tasks.push(task);
    this.#lend(thread, name);
    return task;
  }

  /** The task that runs. Throws where none does: the call comes from outside of this simulation, or too late. */
  get current(): SimTask {
    if (this.isOver) throw new VPollError('ECANCELED', 'simulate', 'this simulation is over');
    if (this.#current) return this.#current;
    throw new VPollError('EPERM', 'simulate', 'only a task of this simulation may use what belongs to it, and while it runs');
  }

  /** The task that runs has made this, which is closed where that task dies. */
  made(what: Closable): void {
    this.current.made.add(what);
  }

  /** It is closed, by the task that runs. */
  unmade(what: Closable): void {
    // Not necessarily the one that has made it.
    if (!this.current.made.delete(what)) for (const { made } of this.tasks) made.delete(what);
  }

  /** A call that doesn't sleep, in the name of the task that runs. */
  call(number: number, a = 0, b = 0, c = 0, d = 0): number {
    const { thread } = this.current;
    this.#count();
    // Its own thread may be asleep in another wait.
    const caller = this.#waits.has(thread) ? this.#spare() : thread;
    const result = this.machine.call(caller, number, a, b, c, d);
    if (caller !== thread) this.#idle.push(caller);
    return result;
  }

  /** Names the task that runs as the one that the core works for. */
  enterCore(): SimExports {
    const { thread } = this.current;
    this.#count();
    this.machine.enter(this.#waits.has(thread) ? this.#spareForCore() : thread);
    return this.machine;
  }

  /** A call that may sleep. Whether or not it does, others may go on before the promise resolves. */
  wait({ number, args, isBackground = false }: Call): Pending {
    const task = this.current;
    this.#count();
    const thread = this.#waits.has(task.thread) || isBackground ? this.#spare() : task.thread;
    const [a = 0, b = 0, c = 0, d = 0] = args;
    let result: number | undefined = this.machine.call(thread, number, a, b, c, d);
    if (result === SLEEPS) result = undefined;
    else this.machine.call(thread, N.YIELD, 0, 0, 0, 0);
    if (!isBackground) task.pending++;
    const done = new Promise<number>((resolve) => {
      this.#waits.set(thread, { task, resolve, result, isBackground });
    });
    return { thread, done };
  }

  /** Ends a wait early: it gets -EINTR, if it still sleeps. */
  interrupt(thread: number): void {
    if (this.#waits.has(thread)) this.machine.interrupt(thread);
  }

  /** Lets `ms` pass. A signal doesn't end it, as it doesn't end a timer of a real runtime. */
  async sleep(ms: number): Promise<void> {
    const until = this.machine.now() + BigInt(Math.round(ms * 1e6));
    let result = 0;
    do {
      const us = Number((until - this.machine.now() + 999n) / 1000n);
      const call = us > 0 ? { number: N.SLEEP, args: [Math.min(us, 0x7fffffff)] } : { number: N.YIELD, args: [] };
      result = await this.wait(call).done;
    } while (result === -EINTR || this.machine.now() < until);
  }

  /** What a listener throws is its task's fault: nobody else could catch it. */
  blame(error: unknown): void {
    this.#fail('threw', this.current, error instanceof Error ? error.message : String(error), error);
  }

  /** Virtual milliseconds. */
  nowMs(): number {
    return Number(this.machine.now()) / 1e6;
  }

  /** Runs until all tasks are at their end, or until `untilMs`: the failure, if it failed. */
  async run(untilMs: number, kernelOf: (task: SimTask) => Kernel): Promise<Failure | undefined> {
    const until = untilMs === Infinity ? 1n << 62n : BigInt(Math.round(untilMs)) * MS;
    const drain = new Drain();
    for (const task of this.tasks) this.#begin(task, kernelOf(task));
    while (!this.#failure && this.tasks.some(({ isOver }) => !isOver)) {
      const picked = this.machine.pick(until);
      if (picked === STUCK) this.#fail('stuck', this.#sleepers()[0]!, this.#describeSleepers());
      if (picked < 0) break;
      if (--this.#callsLeft < 0 || this.machine.isChoiceLost()) this.#failEndless();
      else if (picked & DIES) this.#kill(picked & ~DIES);
      else await this.#goOn(picked, drain);
    }
    drain.close();
    this.isOver = true;
    return this.#failure;
  }

  /** A thread that nobody uses. */
  #spare(): number {
    const thread = this.#idle.pop() ?? this.machine.thread(0);
    if (thread < 0) throw new VPollError('ENOMEM', 'simulate', 'too many waits are pending');
    this.#lend(thread, this.current.name);
    return thread;
  }

  #lend(thread: number, task: string): void {
    if (this.#owners.get(thread) === task) return;
    this.#owners.set(thread, task);
    this.ownerships.push({ thread, task, since: this.machine.traceSize() });
  }

  /** The same for calls that are over at once: it is spare again. */
  #spareForCore(): number {
    const thread = this.#spare();
    this.#idle.push(thread);
    return thread;
  }

  #count(): void {
    if (--this.#callsLeft >= 0) return;
    this.#failEndless();
    throw new VPollError('ECANCELED', 'simulate', 'this simulation made too many calls');
  }

  #begin(task: SimTask, kernel: Kernel): void {
    this.machine.call(task.thread, N.YIELD, 0, 0, 0, 0);
    task.pending++;
    const start = async (): Promise<void> => {
      try {
        await task.run(kernel);
      } catch (error) {
        if (!task.isOver) this.#fail('threw', task, error instanceof Error ? error.message : String(error), error);
      }
      task.isOver = true;
    };
    this.#waits.set(task.thread, { task, resolve: () => void start(), result: undefined, isBackground: false });
  }

  async #goOn(thread: number, drain: Drain): Promise<void> {
    const got = this.machine.resume(thread);
    if (got === SLEEPS) return;
    const { task, resolve, result, isBackground } = this.#waits.get(thread)!;
    this.#waits.delete(thread);
    if (thread !== task.thread) this.#idle.push(thread);
    if (!isBackground) task.pending--;
    this.#current = task;
    resolve(result ?? got);
    // Until all that follows from it has run. What comes later than this came from something else that the task waits for.
    await drain.wait();
    this.#current = undefined;
    if (!task.isOver && task.pending === 0) {
      this.#fail(
        'foreign',
        task,
        "it waits for something that is not the simulator's: its kernel gives all that it may wait for",
      );
    }
  }

  #kill(thread: number): void {
    const task = this.tasks.find((each) => each.thread === thread)!;
    for (const [other, wait] of [...this.#waits]) {
      if (wait.task !== task) continue;
      this.#waits.delete(other);
      this.machine.kill(other);
      if (other !== thread) this.#idle.push(other);
    }
    // As exit_files() does: what it had is closed.
    this.#current = task;
    for (const each of [...task.made].reverse()) each.close();
    this.#current = undefined;
    task.isOver = true;
  }

  #sleepers(): SimTask[] {
    return this.tasks.filter(({ isOver }) => !isOver);
  }

  #describeSleepers(): string {
    const names = this.#sleepers().map(({ name }) => name);
    return `nobody will wake ${names.join(', ')}`;
  }

  #failEndless(): void {
    const task = this.#current ?? this.#sleepers()[0]!;
    this.#fail('endless', task, 'it made more calls than maxCalls allows');
  }

  #fail(kind: Failure['kind'], { name }: SimTask, message: string, error?: unknown): void {
    this.#failure ??= { kind, task: name, atMs: this.nowMs(), message, error };
  }
}

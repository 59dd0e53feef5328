// SPDX-License-Identifier: LGPL-2.1-or-later

// A run: tasks in JavaScript over a simulated kernel. A task waits by a call of the kernel that sleeps, or hands the processor on. The kernel decides
// who goes on then (assembly/sim/schedule.ts). So one task runs at a time, and with it those who wait for its promises.

import { EINTR } from '../../host/errno.js';
import { VPollError } from '../errors.js';
import { toDelay } from '../kernel/arguments.js';
import { here } from '../runtime.js';
import { Drain } from './drain.js';
import { leftoversOf } from './ends.js';
import type { SimExports } from './machine.js';
import { DIES, N, SLEEPS, STUCK } from './numbers.js';
import { follow, mark, type Run } from './strays.js';
import { SimTask, type Closable, type TaskRun } from './task.js';
import { Threads, type Call, type Pending } from './threads.js';
import type { Failure, Kernel, Leftover, Task } from './types.js';
import { messageOf, NO_CONTEXT, Verdict } from './verdict.js';
import type { Chance } from './virtual/chance.js';
import { insides, type Inside } from './virtual/inside.js';

/** One run of tasks over one machine. */
export class Simulation implements TaskRun, Run {
  readonly machine: SimExports;
  readonly tasks: SimTask[] = [];
  readonly chance: Chance;
  isOver = false;
  /** The task that went on last, and whether all that follows from that may still be running: nobody else can go on then. */
  #last: SimTask | undefined;
  #isOpen = false;
  readonly threads: Threads;
  readonly #verdict = new Verdict(() => this.nowMs());
  #callsLeft: number;
  #timerCount = 0;

  constructor(machine: SimExports, maxCalls: number, chance: Chance) {
    this.machine = machine;
    this.#callsLeft = maxCalls;
    this.chance = chance;
    this.threads = new Threads(machine);
  }

  /** Adds a task, which begins when {@link Simulation.run} does. */
  add(name: string, run: Task): SimTask {
    const thread = this.tasks.length === 0 ? this.machine.spawn() : this.machine.thread(0);
    if (thread < 0) throw new VPollError('EINVAL', 'simulate', 'there are too many tasks');
    const task = new SimTask(this, name, run, thread);
    this.tasks.push(task);
    this.threads.own(thread, name);
    return task;
  }

  get hasFailed(): boolean {
    return this.#verdict.failure !== undefined;
  }

  /** The task that runs. Throws where none does: the call comes from outside of this simulation, or too late. */
  get current(): SimTask {
    if (this.isOver) throw new VPollError('ECANCELED', 'simulate', 'this simulation is over');
    const task = insides ? insides.get() : this.#isOpen ? this.#last : undefined;
    if (!(task instanceof SimTask) || task.of !== this) {
      const why = 'only a task of this simulation may use what belongs to it, and while it runs';
      throw new VPollError('EPERM', 'simulate', why);
    }
    if (task.isDead) throw new VPollError('ECANCELED', 'simulate', 'this task has died');
    if (this.#isOpen) return task;
    throw this.#verdict.foreign(task, "it went on by something that is not the simulator's");
  }

  /** A task uses the kernel that it was given. */
  enter(task: SimTask): void {
    const error = this.#findStranger(task);
    if (error) throw error;
  }

  /** The task that runs has made this, which is closed where that task dies. */
  made(closable: Closable, what: string): void {
    this.current.made.set(closable, { what, sinceNs: this.machine.now() });
  }

  /** It is closed, by the task that runs. */
  unmade(what: Closable): void {
    // Not necessarily the one that has made it.
    if (!this.current.made.delete(what)) for (const { made } of this.tasks) made.delete(what);
  }

  /** A call that doesn't sleep, in the name of the task that runs. */
  call(number: number, a = 0, b = 0, c = 0, d = 0): number {
    const task = this.current;
    this.#count();
    return this.machine.call(this.threads.lend(task), number, a, b, c, d);
  }

  /** Names the task that runs as the one that the core works for. */
  enterCore(): SimExports {
    const task = this.current;
    this.#count();
    this.machine.enter(this.threads.lend(task));
    return this.machine;
  }

  /** A call that may sleep. Whether or not it does, others may go on before the promise resolves. */
  wait({ number, args, what, isBackground = false }: Call): Pending {
    const task = this.current;
    this.#count();
    const thread = this.threads.isWaiting(task.thread) || isBackground ? this.threads.spare(task) : task.thread;
    const [a = 0, b = 0, c = 0, d = 0] = args;
    let result: number | undefined = this.machine.call(thread, number, a, b, c, d);
    if (result === SLEEPS) result = undefined;
    else this.machine.call(thread, N.YIELD, 0, 0, 0, 0);
    if (!isBackground) task.pending++;
    const sinceNs = this.machine.now();
    const done = new Promise<number>((resolve) => {
      this.threads.put(thread, { task, what, sinceNs, resolve, result, isBackground });
    });
    return { thread, done };
  }

  /** Ends a wait early: it gets -EINTR, if it still sleeps. */
  interrupt(thread: number): void {
    if (!this.isOver && this.threads.isWaiting(thread)) this.machine.interrupt(thread);
  }

  /** Lets `ms` pass. A signal doesn't end it, as it doesn't end a timer of a real runtime. */
  async sleep(ms: number): Promise<void> {
    const until = this.machine.now() + BigInt(Math.round(toDelay(ms) * 1e6));
    let result = 0;
    do result = await this.#sleepUntil(until, `sleep(${ms})`, false).done;
    while (result === -EINTR || this.machine.now() < until);
  }

  sleepUntil(untilNs: bigint): Pending {
    return this.#sleepUntil(untilNs, 'a timer', true);
  }

  capture(): (run: () => void) => void {
    return insides!.capture();
  }

  number(): number {
    return ++this.#timerCount;
  }

  /** What a listener or a timer throws is its task's fault: nobody else could catch it. */
  blame(error: unknown): void {
    const task = insides?.get();
    this.#verdict.threw(task instanceof SimTask ? task : this.current, error);
  }

  takeStray(error: unknown, inside: Inside | undefined, isTold: boolean): boolean {
    const isMine = inside instanceof SimTask && inside.of === this;
    // One that comes in no context, while this simulation's tasks run: nobody else does then.
    const isOfLast = inside === undefined && !isTold && this.#isOpen;
    const task = isMine ? inside : isOfLast ? this.#last : undefined;
    if (!task || this.isOver) return false;
    // It was cut off, and may have left a promise that nobody is there for.
    if (!task.isDead) this.#verdict.fail('threw', task, `nobody awaited or caught this: ${messageOf(error)}`, error);
    return true;
  }

  refuse(task: SimTask, what: string): VPollError {
    return this.#verdict.foreign(task, `it asked for ${what}, which is not the simulator's`);
  }

  nowNs(): bigint {
    return this.machine.now();
  }

  /** The same as a task reads it. That counts as a call: a loop until some time has come would never end, since no time passes within a step. */
  readClockMs(): number {
    this.#count();
    return this.nowMs();
  }

  /** Virtual milliseconds. */
  nowMs(): number {
    return Number(this.machine.now()) / 1e6;
  }

  /** Runs until all tasks are at their end, or until `untilMs`: the failure, if it failed. `mustBeClean`: what is left behind is one. */
  async run(untilMs: number, mustBeClean: boolean, kernelOf: (task: SimTask) => Kernel): Promise<Failure | undefined> {
    const until = untilMs === Infinity ? 1n << 62n : BigInt(Math.round(untilMs)) * 1_000_000n;
    const drain = new Drain(here.isStrayLate);
    const unfollow = follow(this);
    for (const task of this.tasks) this.#begin(task, kernelOf(task));
    await drain.turn();
    mark(undefined);
    // A failure may also come while the event loop turns.
    while (!this.#verdict.failure && this.#asleep().length > 0) {
      if (drain.isUsedUp) {
        await drain.turn();
        mark(undefined);
      } else if (!(await this.#step(until, drain))) break;
    }
    if (here.isStrayLate) await drain.turn();
    drain.close();
    unfollow();
    if (mustBeClean) this.#verdict.clean(this.tasks, this.leftovers());
    this.isOver = true;
    return this.#verdict.failure;
  }

  /** What tasks have left behind. */
  leftovers(): Leftover[] {
    return leftoversOf(this.tasks, this.threads.waits);
  }

  /** One choice, and what follows from it. Whether there was one. */
  async #step(until: bigint, drain: Drain): Promise<boolean> {
    const picked = this.machine.pick(until);
    if (picked === STUCK) this.#verdict.end(this.#asleep(), this.threads.waits);
    if (picked < 0) return false;
    if (--this.#callsLeft < 0 || this.machine.isChoiceLost()) this.#failEndless();
    else if (picked & DIES) this.#kill(picked & ~DIES);
    else await this.#goOn(picked, drain);
    return true;
  }

  #sleepUntil(untilNs: bigint, what: string, isBackground: boolean): Pending {
    const us = Number((untilNs - this.machine.now() + 999n) / 1000n);
    if (us <= 0) return this.wait({ number: N.YIELD, args: [], what, isBackground });
    return this.wait({ number: N.SLEEP, args: [Math.min(us, 0x7fffffff)], what, isBackground });
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
        if (!task.isEnded) this.#verdict.threw(task, error);
      }
      task.isEnded = true;
      this.#checkEnd(task);
    };
    const resolve = (): void => {
      task.enter(() => void start());
    };
    this.threads.put(task.thread, { task, what: 'its begin', sinceNs: 0n, resolve, result: undefined, isBackground: false });
  }

  /** A task may also come to its end by what isn't the simulator's. */
  #checkEnd(task: SimTask): void {
    if (this.isOver || task.isDead) return;
    if (!this.#isOpen) this.#verdict.foreign(task, "it came to its end by something that is not the simulator's");
    else this.#findStranger(task);
  }

  /** Where no context tells who runs, a task that isn't the one that was let go on has failed: what it gets. */
  #findStranger(task: SimTask): VPollError | undefined {
    if (insides || !this.#isOpen || this.#last === task) return undefined;
    const by = `it went on by a promise of ${this.#last!.name}, or ${this.#last!.name} uses its kernel`;
    return this.#verdict.foreign(task, `${by}: ${NO_CONTEXT}`);
  }

  async #goOn(thread: number, drain: Drain): Promise<void> {
    const got = this.machine.resume(thread);
    if (got === SLEEPS) return;
    const { task, resolve, result, isBackground } = this.threads.take(thread);
    if (!isBackground) task.pending--;
    task.lastNs = this.machine.now();
    this.#last = task;
    this.#isOpen = true;
    resolve(result ?? got);
    await drain.wait();
    this.#isOpen = false;
    mark(task);
    if (!insides && !task.isEnded && task.pending === 0)
      this.#verdict.foreign(task, `it waits for something that its kernel doesn't give: ${NO_CONTEXT}`);
  }

  #kill(thread: number): void {
    const task = this.tasks.find((each) => each.thread === thread)!;
    this.threads.kill(task);
    // As exit_files() does: what it had is closed.
    this.#last = task;
    this.#isOpen = true;
    task.enter(() => {
      for (const each of [...task.made.keys()].reverse()) each.close();
    });
    this.#isOpen = false;
    task.isDead = true;
    task.isEnded = true;
  }

  #asleep(): SimTask[] {
    return this.tasks.filter(({ isEnded }) => !isEnded);
  }

  #failEndless(): void {
    this.#verdict.endless(this.#isOpen ? this.#last! : this.#asleep()[0]!);
  }
}

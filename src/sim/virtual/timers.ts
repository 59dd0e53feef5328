// SPDX-License-Identifier: LGPL-2.1-or-later

// The timers of a task, as an event loop has them: the first that is due is the first that is run, and of those that are due together the first
// that was set (libuv's uv__run_timers()). When it is run beside what other tasks do is for the simulated kernel to say: a thread of it sleeps.

/** Where timers sleep. */
export interface Sleeper {
  /** The run has failed: no timer of it will be run. */
  readonly hasFailed: boolean;
  /** Virtual nanoseconds. */
  nowNs(): bigint;
  /** Lets a thread of the task that runs sleep: until then, or until it is woken early. */
  sleepUntil(untilNs: bigint): { readonly thread: number; readonly done: Promise<unknown> };
  interrupt(thread: number): void;
  /** What a callback threw: nobody else could catch it. */
  blame(error: unknown): void;
  /** What lets a callback run as what runs now does. */
  capture(): (run: () => void) => void;
  /** A number that no other timer of this run has. */
  number(): number;
}

/** setTimeout(3): what is no delay, or too long a one, is one of a millisecond. */
const DELAY_MAX_MS = 2 ** 31 - 1;

function toDelay(given: unknown): number {
  const ms = Math.trunc(Number(given));
  return ms >= 1 && ms <= DELAY_MAX_MS ? ms : 1;
}

/** A timer or an immediate: what Node's Timeout and Immediate can do. */
export class VirtualTimer {
  /** What it is called where it is left behind. */
  readonly what: string;
  readonly sinceNs: bigint;
  dueNs: bigint;
  readonly #timers: Timers;
  readonly #delayMs: number;
  readonly #isRepeated: boolean;
  readonly #run: () => void;
  readonly #number: number;
  #hasRef = true;
  #isCleared = false;

  constructor(timers: Timers, what: string, delayMs: number, isRepeated: boolean, run: () => void) {
    this.what = what;
    this.sinceNs = timers.sleeper.nowNs();
    this.dueNs = this.sinceNs;
    this.#timers = timers;
    this.#delayMs = delayMs;
    this.#isRepeated = isRepeated;
    this.#number = timers.sleeper.number();
    const within = timers.sleeper.capture();
    this.#run = () => {
      within(run);
    };
  }

  /** Begins it, or begins it anew. */
  start(): this {
    this.dueNs = this.#timers.sleeper.nowNs() + BigInt(this.#delayMs) * 1_000_000n;
    this.#timers.put(this);
    return this;
  }

  fire(): void {
    if (this.#isRepeated) this.start();
    this.#run();
  }

  /** A run ends with its tasks: what keeps a process alive means nothing. */
  ref(): this {
    this.#hasRef = true;
    return this;
  }

  unref(): this {
    this.#hasRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#hasRef;
  }

  /** One that was run already begins anew, as Node's does. */
  refresh(): this {
    return this.#isCleared ? this : this.start();
  }

  close(): this {
    this.#isCleared = true;
    this.#timers.clear(this);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** clearTimeout() takes this number as well. */
  [Symbol.toPrimitive](): number {
    return this.#number;
  }
}

/** The timers of one task. */
export class Timers {
  readonly sleeper: Sleeper;
  /** In the order in which they are run. */
  readonly #pending: VirtualTimer[] = [];
  /** The threads that sleep for them, and until when. One that is woken early has none. */
  readonly #sleeps = new Map<number, bigint>();

  constructor(sleeper: Sleeper) {
    this.sleeper = sleeper;
  }

  get pending(): readonly VirtualTimer[] {
    return this.#pending;
  }

  set(what: string, delay: unknown, isRepeated: boolean, run: () => void): VirtualTimer {
    const delayMs = toDelay(delay);
    return new VirtualTimer(this, `${what} of ${delayMs} ms`, delayMs, isRepeated, run).start();
  }

  setImmediate(run: () => void): VirtualTimer {
    return new VirtualTimer(this, 'setImmediate', 0, false, run).start();
  }

  put(timer: VirtualTimer): void {
    this.#remove(timer);
    // Node itself sets an immediate after an exception.
    if (this.sleeper.hasFailed) return;
    let at = this.#pending.length;
    while (at > 0 && this.#pending[at - 1]!.dueNs > timer.dueNs) at--;
    this.#pending.splice(at, 0, timer);
    this.#cover();
  }

  clear(timer: VirtualTimer): void {
    if (!this.#remove(timer) || this.#pending.length > 0) return;
    // Time isn't to move on for nobody.
    for (const [thread, until] of this.#sleeps) {
      if (until < 0n) continue;
      this.#sleeps.set(thread, -1n);
      this.sleeper.interrupt(thread);
    }
  }

  /** The timer that clearTimeout() means by this: itself, or its number as a number or as text. */
  find(what: unknown): VirtualTimer | undefined {
    if (typeof what !== 'number' && typeof what !== 'string') return undefined;
    return this.#pending.find((timer) => Number(timer) === Number(what));
  }

  #remove(timer: VirtualTimer): boolean {
    const at = this.#pending.indexOf(timer);
    if (at >= 0) this.#pending.splice(at, 1);
    return at >= 0;
  }

  /** Lets a thread sleep until the first is due, where none does that: constant timeouts, one after the other, take one thread. */
  #cover(): void {
    const first = this.#pending[0];
    if (!first) return;
    for (const until of this.#sleeps.values()) if (until <= first.dueNs) return;
    const { thread, done } = this.sleeper.sleepUntil(first.dueNs);
    this.#sleeps.set(thread, first.dueNs);
    void done.then(() => {
      this.#sleeps.delete(thread);
      this.#wake();
    });
  }

  /** Runs one timer, if one is due. Others may come in between before the next one. */
  #wake(): void {
    try {
      const first = this.#pending[0];
      if (first && first.dueNs <= this.sleeper.nowNs()) {
        this.#pending.shift();
        first.fire();
      }
    } catch (error) {
      this.sleeper.blame(error);
    }
    // Not where the run came to its end by that.
    try {
      this.#cover();
    } catch (error) {
      this.sleeper.blame(error);
    }
  }
}

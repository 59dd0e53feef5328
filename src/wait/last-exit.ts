// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The end of a process with threads that may be in a call which comes back only when a FUSE server answers. A runtime waits for its threads before it
 * ends, and can't get one out of such a call. With a server that is stopped, the process would stay until that goes on. _exit(2) can.
 */
import type { Ffi } from '../../host/ffi.js';
import type { Ending, Endings, Exit } from '../../host/thread/threads.js';

/** How long threads have to end by themselves. One that does nothing takes some 0.1 ms. */
const PATIENCE_MS = 1000;

/** Tells the threads of a process that it ends, and waits for them for a time. One a thread of the runtime, which alone uses it. */
export class LastExit implements Endings {
  readonly #ffi: Ffi;
  readonly #runtime: Exit;
  readonly #all = new Set<Ending>();
  #fatal: { error: unknown } | undefined;

  constructor(ffi: Ffi, runtime: Exit) {
    this.#ffi = ffi;
    this.#runtime = runtime;
  }

  add(ending: Ending): void {
    if (this.#all.size === 0) {
      process.on('exit', this.#onExit);
      if (this.#runtime.isErrorLast) process.on('uncaughtExceptionMonitor', this.#onError);
    }
    this.#all.add(ending);
  }

  delete(ending: Ending): void {
    this.#all.delete(ending);
    if (this.#all.size > 0) return;
    process.off('exit', this.#onExit);
    process.off('uncaughtExceptionMonitor', this.#onError);
  }

  /** It comes before any handler has been called: whether it will end the process shows in what handlers there are. */
  readonly #onError = (error: unknown): void => {
    const isHandled = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!isHandled) this.#fatal = { error };
  };

  readonly #onExit = (status: number): void => {
    const all = [...this.#all];
    for (const each of all) each.end();
    // In a Worker this is the end of that alone: no call ends one thread of a process.
    if (!this.#runtime.isJoining || !process.getBuiltinModule('node:worker_threads').isMainThread) return;
    const end = performance.now() + PATIENCE_MS;
    const isOver = ({ ended }: Ending): boolean =>
      Atomics.wait(ended, 0, 0, Math.max(0, end - performance.now())) !== 'timed-out';
    if (!all.every(isOver)) this.#leave(status);
  };

  /** Does what the runtime would do from here on, and ends. */
  #leave(status: number): void {
    let code = status;
    const listeners = process.rawListeners('exit') as ((status: number) => void)[];
    try {
      for (const each of listeners.slice(listeners.indexOf(this.#onExit) + 1)) each.call(process, status);
      code = Number(process.exitCode ?? status);
      if (this.#fatal) console.error('Uncaught', this.#fatal.error);
    } catch (error) {
      console.error('Uncaught', error);
      code = 7; // what Node has for an error in the handling of an end
    } finally {
      this.#ffi.func('_exit', 'i32')(code);
    }
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/** The threads of a runtime. */
import type { Transferable } from 'node:worker_threads';
import type { Ffi } from '../ffi.js';

/** What is used of a Worker of node:worker_threads. */
export interface Thread {
  on(event: 'message', listener: (said: unknown) => void): void;
  on(event: 'exit', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  ref(): void;
  unref(): void;
}

/** A thread that is told to end. */
export interface Ending {
  /** Tells it. */
  end(): void;
  /** One word in memory that both threads have: 0 until it has ended. It alone stores there and notifies (Atomics); this thread only waits. */
  readonly ended: Int32Array;
}

/** Those that live. What is done about them when the process ends is for src/ to say. */
export interface Endings {
  add(ending: Ending): void;
  delete(ending: Ending): void;
}

/** What a runtime does when it ends. */
export interface Exit {
  /** Whether it waits for its threads. */
  readonly isJoining: boolean;
  /** Whether it prints an error that nobody has caught only after the event `exit`. */
  readonly isErrorLast: boolean;
}

/** What a runtime has for threads, and how it ends with them. */
export interface Threads extends Exit {
  /** Starts one that runs `program`, a text, with `data` as its workerData. `transfer`: what of that is moved to it. It loads nothing but what it is told. */
  readonly start: (program: string, data: object, transfer?: readonly object[]) => Thread;
  /** What {@link Threads.openLibc} wants to be told: something that can be cloned. */
  hint(): unknown;
  /** In such a thread: libc, for it alone. */
  readonly openLibc: (hint: unknown) => Ffi;
  /** How long it may be in one call of poll(2); -1: for good. */
  readonly sliceMs: number;
  /** How many descriptors such a thread takes to start, one that it opens and closes included. With less, Bun and Deno end the process. */
  readonly threadFds: number;
}

/** {@link Threads.start} for a runtime that has workers as Node has. */
export function startWorker(program: string, workerData: object, transfer: readonly object[] = []): Thread {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Worker(program, { eval: true, execArgv: [], workerData, transferList: transfer as Transferable[] });
}

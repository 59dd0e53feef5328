// SPDX-License-Identifier: LGPL-2.1-or-later

/** A value that goes with a program through its promises and callbacks: AsyncLocalStorage, which all runtimes have here. A browser has none. */
import { builtin } from './builtin.js';

export interface Context<T> {
  /** What the code that runs now was begun with, if it was. */
  get(): T | undefined;
  /** Runs a function, and all that follows from it, with a value. */
  run<R>(value: T, what: () => R): R;
  /** What lets something run later with what holds now, the program's own values among it. */
  capture(): (what: () => void) => void;
}

export function createContext<T>(): Context<T> | undefined {
  const hooks = builtin('node:async_hooks') as typeof import('node:async_hooks') | undefined;
  if (!hooks) return undefined;
  const { AsyncLocalStorage } = hooks;
  const storage = new AsyncLocalStorage<T>();
  return {
    get: () => storage.getStore(),
    run: (value, what) => storage.run(value, what),
    capture: () => AsyncLocalStorage.snapshot(),
  };
}

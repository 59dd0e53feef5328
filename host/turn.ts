// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * When something runs, by the functions that the runtime had at import: a test framework may put fake ones there later. Where there are none (a
 * browser) nothing is ever waited for.
 */
const {
  process: here,
  queueMicrotask,
  setImmediate,
} = globalThis as Omit<typeof globalThis, 'process'> & {
  process?: Partial<NodeJS.Process>;
};
const nextTick = here?.nextTick;
const hooks = here?.getBuiltinModule?.('node:async_hooks');

/** What runs for good must not pin what an AsyncLocalStorage held where it was begun. */
const outside = hooks && new hooks.AsyncResource('vpoll');

/** Runs after what the event loop has to do in this turn. */
export function soon(run: () => void): void {
  setImmediate(run);
}

/** Runs when all promises that are settled by now have had their say, in this turn of the loop. */
export function afterPromises(run: () => void): void {
  queueMicrotask(() => {
    nextTick!(run);
  });
}

/** Runs at the end of the turn in which the loop next has anything to do: it neither keeps that turning nor the process alive. */
export function atTurn(run: () => void): void {
  setImmediate(run).unref();
}

/** The same, in no AsyncLocalStorage's context; nor is what it asks for in turn. */
export function atTurnOutside(run: () => void): void {
  outside!.runInAsyncScope(atTurn, undefined, run);
}

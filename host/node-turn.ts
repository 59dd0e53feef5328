// SPDX-License-Identifier: LGPL-2.1-or-later

/** What only Node knows of its turns, by the functions that it had at import, as in turn.ts. */
import { atTurn } from './turn.js';

const { process: here, queueMicrotask } = globalThis as Omit<typeof globalThis, 'process'> & {
  process?: Partial<NodeJS.Process>;
};
const nextTick = here?.nextTick;
const hooks = here?.getBuiltinModule?.('node:async_hooks');

/** What runs for good must not pin what an AsyncLocalStorage held where it was begun. */
const outside = hooks && new hooks.AsyncResource('vpoll');

/** Runs when all promises that are settled by now have had their say, in this turn of the loop. */
export function afterPromises(run: () => void): void {
  queueMicrotask(() => {
    nextTick!(run);
  });
}

/** {@link atTurn}, in no AsyncLocalStorage's context; nor is what it asks for in turn. */
export function atTurnOutside(run: () => void): void {
  outside!.runInAsyncScope(atTurn, undefined, run);
}

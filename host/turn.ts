// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * When something runs, by the functions that the runtime had at import: a test framework may put fake ones there later. Where there are none (a
 * browser) nothing is ever waited for.
 */
const { setImmediate } = globalThis;

/** Runs after what the event loop has to do in this turn. */
export function soon(run: () => void): void {
  setImmediate(run);
}

/** Runs at the end of the turn in which the loop next has anything to do: it neither keeps that turning nor the process alive. */
export function atTurn(run: () => void): void {
  setImmediate(run).unref();
}

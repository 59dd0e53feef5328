// SPDX-License-Identifier: LGPL-2.1-or-later

// The title of the test that runs, where its runner tells it to everybody: vitest and jest by the state of their `expect`, node:test since
// Node 26 by getTestContext(). uvu, mocha, bun test and Deno.test tell none. Nothing is imported for it.

/** What this file uses of `expect` (@vitest/expect, expect of jest). */
interface ExpectLike {
  readonly getState?: () => { readonly currentTestName?: unknown };
}

/** What this file uses of node:test. */
interface NodeTestLike {
  readonly getTestContext?: () => { readonly fullName?: unknown; readonly name?: unknown } | undefined;
}

interface Globals {
  readonly expect?: ExpectLike;
  readonly process?: { readonly getBuiltinModule?: (name: string) => NodeTestLike | undefined };
  readonly [key: symbol]: unknown;
}

/** Where vitest keeps its own, whether or not the program asked for globals. */
const EXPECT = Symbol.for('expect-global');

function ofExpect({ expect, [EXPECT]: own }: Globals): unknown {
  return ((own as ExpectLike | undefined) ?? expect)?.getState?.().currentTestName;
}

function ofNode({ process }: Globals): unknown {
  const context = process?.getBuiltinModule?.('node:test')?.getTestContext?.();
  return context?.fullName ?? context?.name;
}

/** Undefined where no test runs, or nobody says which. */
export function titleOfTest(): string | undefined {
  for (const ask of [ofExpect, ofNode]) {
    try {
      const title = ask(globalThis);
      if (typeof title === 'string' && title !== '' && !title.includes('\0')) return title;
    } catch {
      // A runner that is asked outside of a test, or that has another `expect`: it tells nothing.
    }
  }
  return undefined;
}

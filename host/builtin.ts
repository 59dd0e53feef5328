// SPDX-License-Identifier: LGPL-2.1-or-later

/** The runtime's own modules, by a call and not by an import. No bundler sees it, and a browser, which has none of them, can load this. */

interface ProcessLike {
  readonly getBuiltinModule?: (name: string) => object | undefined;
  readonly getActiveResourcesInfo?: () => string[];
}

function here(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process;
}

/** The object of a module, which all share who import it as a whole. Undefined where there is none. */
export function builtin(name: string): object | undefined {
  try {
    return here()?.getBuiltinModule?.(name);
  } catch {
    // A runtime may throw where it has no module of that name.
    return undefined;
  }
}

/**
 * A program that has imported single names of such a module sees what they stand for now, where the runtime can do that
 * (docs/simulation.md).
 */
export function syncBuiltins(): void {
  (builtin('node:module') as typeof import('node:module') | undefined)?.syncBuiltinESMExports();
}

/** What the runtime says that its event loop waits for, by its own names; none where it doesn't say. */
export function activeResources(): string[] {
  try {
    return here()?.getActiveResourcesInfo?.() ?? [];
  } catch {
    return [];
  }
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// What a scenario's program has before its first task: each part is there only where the program uses it.

import { CALLS, ENDS, MACROS, type Part } from './parts.js';
import { TASKS } from './task-parts.js';

/** By name, in the order in which they stand in a program. */
const PARTS = { ...MACROS, ...ENDS, ...CALLS, ...TASKS };

export type PartName = keyof typeof PARTS;

/** The parts that a program uses, and the headers that it has. */
export class Support {
  readonly #parts = new Set<PartName>();
  readonly #headers = new Set<string>();

  use(...names: readonly PartName[]): void {
    for (const name of names) {
      if (this.#parts.has(name)) continue;
      this.#parts.add(name);
      const { headers = [], needs = [] }: Part = PARTS[name];
      this.include(...headers);
      this.use(...(needs as readonly PartName[]));
    }
  }

  has(name: PartName): boolean {
    return this.#parts.has(name);
  }

  include(...headers: readonly string[]): void {
    for (const header of headers) this.#headers.add(header);
  }

  get includes(): string {
    return [...this.#headers]
      .sort()
      .map((header) => `#include <${header}>`)
      .join('\n');
  }

  /** The texts of the parts in their order: those before the names of the scenario, or those behind. */
  texts(isEarly: boolean): string[] {
    const all = Object.keys(PARTS) as PartName[];
    return all.filter((name) => this.#parts.has(name) && name in MACROS === isEarly).map((name) => PARTS[name].text);
  }
}

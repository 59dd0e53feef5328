// SPDX-License-Identifier: LGPL-2.1-or-later

import Table from 'cli-table3';
import { SLEEPS } from '../../../src/sim/numbers.js';
import type { Run } from './program.js';
import { INTERRUPT, nameOf } from './step.js';

/** How often each branch was compared: a call, on a kind of file, and how its beginning went (ok, sleeps, errno). */
export class Coverage {
  readonly #counts = new Map<string, number>();
  steps = 0;
  /** Steps that were carried out while two tasks or more slept. */
  crowded = 0;

  add({ told }: Run): void {
    for (const { step, result, kind, asleep } of told) {
      this.steps++;
      if (asleep >= 2) this.crowded++;
      if (step.call === INTERRUPT) continue;
      const how = result === SLEEPS ? 'sleeps' : result < 0 ? String(-result) : 'ok';
      const key = `${nameOf(step.call)} ${kind} ${how}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** A line for each call and kind of file: how often each end. */
  table(): string {
    const rows = new Map<string, string[]>();
    for (const [key, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [call, kind, how] = key.split(' ') as [string, string, string];
      const row = rows.get(`${call} ${kind}`) ?? [];
      row.push(`${how}: ${count}`);
      rows.set(`${call} ${kind}`, row);
    }
    const table = new Table({ head: ['call', 'file', 'ends (errno: times)'] });
    for (const [key, ends] of rows) table.push([...key.split(' '), ends.join(', ')]);
    return table.toString();
  }

  /** The branches that were compared less than `least` times, with how often. */
  rare(least: number): string[] {
    return [...this.#counts].filter(([, count]) => count < least).map(([key, count]) => `${key}: ${count}`);
  }
}

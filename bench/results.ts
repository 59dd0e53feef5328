// SPDX-License-Identifier: LGPL-2.1-or-later

// The results of a run of the benchmarks: kept as JSON, printed by report.ts.

export type Unit = 'ns' | 'us' | 'ms' | 'bytes' | 'calls' | 'fds' | 'events/s' | 'operations/s' | 'runs';

/** One figure with its spread: the median, and the 10th and 90th percentile. */
export interface Value {
  unit: Unit;
  median: number;
  low: number;
  high: number;
  /** Where theory speaks of means: it is printed in place of the median. */
  mean?: number;
}

/** How two competitors compare, round by round; `target` is the most that the ratio may be. */
export interface Ratio {
  name: string;
  median: number;
  low: number;
  high: number;
  target?: number;
}

export interface Row {
  name: string;
  /** By column; a column that makes no sense for the row is missing. */
  values: Record<string, Value>;
  ratios: Ratio[];
  /** What no figure says. */
  remark?: string;
}

export interface Part {
  name: string;
  title: string;
  columns: string[];
  rows: Row[];
  /** What could not be measured here, and why. */
  omitted: { name: string; reason: string }[];
}

/** How long and how often everything is measured. */
export interface Effort {
  rounds: number;
  round_ns: number;
  /** Fresh processes for the cold start. */
  starts: number;
  /** Fresh processes for the memory of many instances. */
  crowds: number;
}

/** Enough to see a ratio by. */
export const QUICK: Effort = { rounds: 15, round_ns: 3e6, starts: 5, crowds: 1 };

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.round(((sorted.length - 1) * percent) / 100)] ?? Number.NaN;
}

/** Median and spread of some samples. */
export function summarize(samples: readonly number[]): { median: number; low: number; high: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: percentile(sorted, 50), low: percentile(sorted, 10), high: percentile(sorted, 90) };
}

export function value(unit: Unit, samples: readonly number[]): Value {
  return { unit, ...summarize(samples) };
}

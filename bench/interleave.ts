// SPDX-License-Identifier: LGPL-2.1-or-later

// Measures competitors in alternation: A B C, B C A, ... in many short rounds. The speed of a shared machine drifts by a third
// within minutes. So two figures can only be compared when they were taken within the same second; a ratio is therefore the
// median of each round's own ratio, not the ratio of two medians.
//
// mitata's measure() is not used: it compiles a new loop at each call. In rounds as short as these, most of what it
// measures is then V8 warming up. Here each competitor brings a loop of its own, which stays hot from round to round.

import { summarize, value, type Effort, type Row } from './results.js';

export interface Competitor {
  /** The column. */
  name: string;
  /** Does it `n` times and says how many nanoseconds that took. */
  run: (n: number) => number | Promise<number>;
}

export interface Comparison {
  name: string;
  competitors: Competitor[];
  ratios?: { of: string; to: string; target?: number }[];
  /** What one takes beyond another, in nanoseconds, and the most that it may be. */
  beyond?: { of: string; to: string; most_ns: number };
  remark?: string;
}

/** Before this much time V8 may still be compiling. */
const WARM_NS = 40e6;
const COUNT_MAX = 1 << 24;

function now(): number {
  return Number(process.hrtime.bigint());
}

/** A competitor's run from a loop that does it `n` times. */
export function timed(loop: (n: number) => void): (n: number) => number {
  return (n) => {
    const start = now();
    loop(n);
    return now() - start;
  };
}

/**
 * A run of something that can be done once to each of `count` objects, and then has to be made ready again: only `act` is timed.
 */
export function phased(count: number, ready: (i: number) => unknown, act: (i: number) => unknown): (n: number) => number {
  return (n) => {
    const passes = Math.ceil(n / count);
    let spent_ns = 0;
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < count; i++) ready(i);
      const start = now();
      for (let i = 0; i < count; i++) act(i);
      spent_ns += now() - start;
    }
    return (spent_ns * n) / (passes * count);
  };
}

/** Warms a competitor up and finds how often it fits into one round. */
async function calibrate(competitor: Competitor, round_ns: number): Promise<number> {
  const end = now() + WARM_NS;
  let n = 16;
  let each_ns = 1;
  do {
    const spent_ns = await competitor.run(n);
    each_ns = Math.max(spent_ns / n, 0.1);
    if (spent_ns < round_ns && n < COUNT_MAX) n *= 2;
  } while (now() < end);
  return Math.max(16, Math.min(COUNT_MAX, Math.round(round_ns / each_ns)));
}

async function sample({ competitors }: Comparison, effort: Effort): Promise<Map<string, number[]>> {
  const counts = new Map<string, number>();
  const samples = new Map<string, number[]>();
  for (const one of competitors) {
    counts.set(one.name, await calibrate(one, effort.round_ns));
    samples.set(one.name, []);
  }
  globalThis.gc?.();
  for (let round = 0; round < effort.rounds; round++) {
    // Rotated, so that none always comes right after the same other.
    for (let i = 0; i < competitors.length; i++) {
      const one = competitors[(round + i) % competitors.length];
      if (!one) continue;
      const n = counts.get(one.name) ?? 1;
      samples.get(one.name)?.push((await one.run(n)) / n);
    }
  }
  return samples;
}

/** Measures one row. */
export async function compare(comparison: Comparison, effort: Effort): Promise<Row> {
  const samples = await sample(comparison, effort);
  const row: Row = { name: comparison.name, values: {}, ratios: [] };
  if (comparison.remark !== undefined) row.remark = comparison.remark;
  for (const [name, each] of samples) row.values[name] = value('ns', each);
  for (const { of, to, target } of comparison.ratios ?? []) {
    const [above, below] = [samples.get(of), samples.get(to)];
    if (!above || !below) continue;
    const ratio = { name: `${of} / ${to}`, ...summarize(above.map((ns, i) => ns / (below[i] ?? Number.NaN))) };
    row.ratios.push(target === undefined ? ratio : { ...ratio, target });
  }
  const { beyond } = comparison;
  const [above, below] = [samples.get(beyond?.of ?? ''), samples.get(beyond?.to ?? '')];
  if (beyond && above && below) {
    const { median, low, high } = summarize(above.map((ns, i) => ns - (below[i] ?? Number.NaN)));
    const verdict = median <= beyond.most_ns ? 'ok' : 'MISSED';
    const figures = [median, low, high].map((ns) => ns.toFixed(0));
    row.remark = `${beyond.of} - ${beyond.to}: ${figures[0]} ns [${figures[1]}..${figures[2]}] (at most ${beyond.most_ns}: ${verdict})`;
  }
  return row;
}

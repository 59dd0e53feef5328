// SPDX-License-Identifier: LGPL-2.1-or-later

// Makes a failing run smaller: fewer choices that are not the plain ones, and no fault that it doesn't take.

import type { Choices } from './replay.js';

/** Whether the run that these choices make still fails in the same way: what it chose then, or undefined. */
export type Retry = (choices: Choices) => Promise<Choices | undefined>;

/** The most runs that are made for it. */
const RUNS_MAX = 400;

export function weightOf({ schedule, faults }: Choices): number {
  return [...schedule, ...faults].filter((value) => value !== 0).length;
}

function isSmaller(one: Choices, other: Choices): boolean {
  const difference = weightOf(one) - weightOf(other);
  if (difference !== 0) return difference < 0;
  return one.schedule.length + one.faults.length < other.schedule.length + other.faults.length;
}

/** A list in which the places from `from` to before `to` are plain. */
function cleared(list: readonly number[], from: number, to: number): number[] {
  return list.map((value, index) => (index >= from && index < to ? 0 : value));
}

/** The smallest choices that were found in RUNS_MAX runs, of those that fail as `found` does. */
export async function shrink(found: Choices, retry: Retry): Promise<Choices> {
  let best = found;
  let left = RUNS_MAX;
  const attempt = async (candidate: Choices): Promise<boolean> => {
    if (left <= 0) return false;
    left--;
    const made = await retry(candidate);
    if (!made || !isSmaller(made, best)) return false;
    best = made;
    return true;
  };
  await attempt({ ...best, faults: [] });
  for (const list of ['faults', 'schedule'] as const) {
    // Halves, quarters, ... single choices; from the end, since what comes late matters least.
    for (let size = best[list].length; size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let to = best[list].length; to > 0 && left > 0; to -= size) {
        const from = Math.max(to - size, 0);
        const isLess = await attempt({ ...best, [list]: [...best[list].slice(0, from), ...best[list].slice(to)] });
        if (!isLess && best[list].slice(from, to).some((value) => value !== 0)) {
          await attempt({ ...best, [list]: cleared(best[list], from, to) });
        }
        to = Math.min(to, best[list].length + size);
      }
    }
  }
  return best;
}

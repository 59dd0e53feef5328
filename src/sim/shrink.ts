// SPDX-License-Identifier: LGPL-2.1-or-later

// Makes a failing run smaller: fewer choices that are not the plain ones, no fault that it doesn't take, and no more time than it takes.

import type { Choices } from './replay.js';

/** Whether the run that these choices make still fails in the same way: what it chose then, or undefined. */
export type Retry = (choices: Choices) => Promise<Choices | undefined>;

/** The most runs that are made for it; and where each takes as long as a run may. */
export const RUNS_MAX = 400;
export const ENDLESS_RUNS_MAX = 20;

/** The lists, in the order in which they are made smaller: what a run can do without most likely comes first. */
const LISTS = ['times', 'faults', 'schedule'] as const;

export function weightOf({ schedule, faults, times }: Choices): number {
  return [...schedule, ...faults, ...times].filter((value) => value !== 0).length;
}

function lengthOf({ schedule, faults, times }: Choices): number {
  return schedule.length + faults.length + times.length;
}

function isSmaller(one: Choices, other: Choices): boolean {
  const difference = weightOf(one) - weightOf(other);
  if (difference !== 0) return difference < 0;
  return lengthOf(one) < lengthOf(other);
}

/** A list in which the places from `from` to before `to` are plain. */
function cleared(list: readonly number[], from: number, to: number): number[] {
  return list.map((value, index) => (index >= from && index < to ? 0 : value));
}

/** The smallest choices that were found in so many runs, of those that fail as `found` does. */
export async function shrink(found: Choices, runsMax: number, retry: Retry): Promise<Choices> {
  let best = found;
  let left = runsMax;
  const attempt = async (candidate: Choices): Promise<boolean> => {
    if (left <= 0) return false;
    left--;
    const made = await retry(candidate);
    if (!made || !isSmaller(made, best)) return false;
    best = made;
    return true;
  };
  const shorten = async (list: (typeof LISTS)[number]): Promise<void> => {
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
  };
  /** One fault alone, at each place: which one of a list happens where depends on how many chances there were before. */
  const isolate = async (): Promise<void> => {
    const { length } = best.faults;
    for (const value of new Set(best.faults.filter((each) => each !== 0))) {
      for (let before = 0; before < length && weightOf(best) > 1; before++) {
        await attempt({ ...best, schedule: [], times: [], faults: [...Array<number>(before).fill(0), value] });
      }
    }
  };
  await attempt({ ...best, times: [] });
  await attempt({ ...best, faults: [] });
  // What can go from one list often can only when something has gone from another.
  for (let before: Choices | undefined; before !== best && left > 0;) {
    before = best;
    for (const list of LISTS) await shorten(list);
  }
  await isolate();
  return best;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// A part of a list for each day, where all of it takes too long to be run each time. After as many days as there are parts, all of it was
// run.

const DAY_MS = 24 * 3600 * 1000;

/** The days since 1970 in UTC, or what VPOLL_DAY says: so a day's run can be repeated on another. */
export function dayNumber(): number {
  const asked = process.env.VPOLL_DAY;
  if (asked === undefined || asked === '') return Math.floor(Date.now() / DAY_MS);
  const day = Number(asked);
  if (!Number.isInteger(day) || day < 0) throw new Error(`VPOLL_DAY: '${asked}' is no number of days`);
  return day;
}

/** Every `parts`th item of the list, from the day's on, and a line that says which and how to have the same again. */
export function partOfDay<T>(items: readonly T[], parts: number, day = dayNumber()): { part: T[]; line: string } {
  const part = items.filter((_, index) => index % parts === day % parts);
  const line = `part ${(day % parts) + 1} of ${parts}, as on each such day: ${part.length} of ${items.length} (VPOLL_DAY=${day} has the same)`;
  return { part, line };
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Rows as columns that a terminal, a log and a bug report show alike: blanks, and nothing drawn.

import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** How many columns of a terminal a line takes: colours take none. */
function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}

function pad(line: string, width: number, isRight: boolean): string {
  const blanks = ' '.repeat(width - widthOf(line));
  return isRight ? blanks + line : line + blanks;
}

/**
 * Lays out rows of the same length. A cell may have several lines; where one has, an empty line parts the rows. The columns of `right`, by their
 * numbers, end at the same place, all others begin there.
 */
export function layOut(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const cells = rows.map((row) => row.map((cell) => cell.split('\n')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.flatMap((row) => row[column]!.map(widthOf))));
  const heights = cells.map((row) => Math.max(...row.map(({ length }) => length)));
  const texts = cells.map((row, index) => {
    const lines = Array.from({ length: heights[index]! }, (_, line) =>
      row
        .map((cell, column) => pad(cell[line] ?? '', widths[column]!, right.has(column)))
        .join(GAP)
        .trimEnd(),
    );
    return lines.join('\n');
  });
  return texts.join(heights.some((height) => height > 1) ? '\n\n' : '\n');
}

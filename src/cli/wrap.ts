// SPDX-License-Identifier: LGPL-2.1-or-later

// Text in lines that a terminal shows whole.

/** What a page of text has where nobody knows better, and the most that is read with ease. */
const COLUMNS_MAX = 80;

/** How many columns a stream is written in: those of a terminal, at most 80; 80 in a pipe. */
export function columnsOf({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number {
  return isTTY && columns ? Math.min(columns, COLUMNS_MAX) : COLUMNS_MAX;
}

/** Breaks a line between words. The first part begins with `first`, those that follow with `next`. A word that is longer than a line stays whole. */
export function wrap(text: string, columns: number, first = '', next = ' '.repeat(first.length)): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = next;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** Breaks a line that may be indented already: what follows stands two columns further in. */
export function wrapHanging(line: string, columns: number): string[] {
  const words = line.trimStart();
  const indent = ' '.repeat(line.length - words.length);
  return wrap(words, columns, indent, `${indent}  `);
}

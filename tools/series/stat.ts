// SPDX-License-Identifier: LGPL-2.1-or-later

// What git format-patch writes between a patch's message and its first change, as show_stats() in git's diff.c lays it out.

/** A file in the list. */
export interface Changed {
  file: string;
  added: number;
  removed: number;
  /** The mode of a file that is new. */
  mode?: string;
}

/** The columns of a mail. */
const WIDTH = 72;

/** The name as it is shown in so many columns: the end of one that is longer, from a slash on. */
function shortened(name: string, columns: number): string {
  if (name.length <= columns) return name;
  const end = name.slice(name.length - (columns - 3));
  return `...${end.includes('/') ? end.slice(end.indexOf('/')) : end}`;
}

/** How many of `columns` show `count`, when all of them show `max`. */
function scaled(count: number, columns: number, max: number): number {
  return count === 0 ? 0 : 1 + Math.floor((count * (columns - 1)) / max);
}

/** The plus and minus signs of a file. */
function graph({ added, removed }: Changed, columns: number, max: number): string {
  if (columns > max) return '+'.repeat(added) + '-'.repeat(removed);
  const both = scaled(added + removed, columns, max);
  const total = added > 0 && removed > 0 ? Math.max(both, 2) : both;
  const lesser = scaled(Math.min(added, removed), columns, max);
  const plus = added < removed ? lesser : total - lesser;
  return '+'.repeat(plus) + '-'.repeat(total - plus);
}

function counted(count: number, word: string, sign: string): string {
  return count === 0 ? '' : `, ${count} ${word}${count === 1 ? '' : 's'}(${sign})`;
}

/** The list of files with their changes, the sum, and the files that are new. */
export function statOf(files: Changed[]): string {
  const sorted = [...files].sort((a, b) => (a.file < b.file ? -1 : 1));
  const max = Math.max(...sorted.map(({ added, removed }) => added + removed));
  const digits = String(max).length;
  let nameColumns = Math.max(...sorted.map(({ file }) => file.length));
  let graphColumns = max;
  if (nameColumns + digits + 6 + graphColumns > WIDTH) {
    graphColumns = Math.min(graphColumns, Math.max(Math.floor((WIDTH * 3) / 8) - digits - 6, 6));
    if (nameColumns > WIDTH - digits - 6 - graphColumns) nameColumns = WIDTH - digits - 6 - graphColumns;
    else graphColumns = WIDTH - digits - 6 - nameColumns;
  }
  const sum = (of: 'added' | 'removed'): number => sorted.reduce((total, each) => total + each[of], 0);
  const lines = sorted.map((each) => {
    const count = String(each.added + each.removed).padStart(digits);
    return ` ${shortened(each.file, nameColumns).padEnd(nameColumns)} | ${count} ${graph(each, graphColumns, max)}`;
  });
  const [added, removed] = [counted(sum('added'), 'insertion', '+'), counted(sum('removed'), 'deletion', '-')];
  const news = sorted.flatMap(({ file, mode }) => (mode === undefined ? [] : [` create mode ${mode} ${file}`]));
  return [...lines, ` ${sorted.length} file${sorted.length === 1 ? '' : 's'} changed${added}${removed}`, ...news].join('\n');
}

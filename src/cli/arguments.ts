// SPDX-License-Identifier: LGPL-2.1-or-later

// What commands ask of their words beyond what the parser looks at.

import { InvalidArgumentError, type Command } from 'commander';

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Refuses words that are meant for another program, the last of the line, unless `--` stands before them; and says what to type. */
export function needDashes(words: readonly string[], command: Command): void {
  // The parser takes the first `--` away, and all behind it as it stands.
  if (words.length === 0 || process.argv.at(-words.length - 1) === '--') return;
  const typed = process.argv.slice(2);
  // Where the parser has taken a `--` away that stands between them, what is meant has none there.
  const isWhole = words.every((word, i) => word === typed[typed.length - words.length + i]);
  if (!isWhole) typed.splice(typed.indexOf('--'), 1);
  typed.splice(typed.length - words.length, 0, '--');
  command.error(`there must be a -- before ${quote(words[0]!)}, type: ${command.parent!.name()} ${typed.map(quote).join(' ')}`);
}

/** Reads the value of an option by `read`, which gives undefined where it isn't `wanted`. */
export function valueOf<T>(wanted: string, read: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = read(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${wanted}.`);
    return value;
  };
}

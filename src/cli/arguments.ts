// SPDX-License-Identifier: LGPL-2.1-or-later

// What commands ask of their words beyond what the parser looks at.

import { InvalidArgumentError, type Command } from 'commander';

/** Refuses words that are meant for another program, the last of the line, unless `--` stands before them. */
export function needDashes(words: readonly string[], command: Command): void {
  // The parser takes the first `--` away, and all behind it as it stands.
  if (words.length === 0 || process.argv.at(-words.length - 1) === '--') return;
  command.error(`one argument too many: '${words[0]}' (usage: ${command.parent!.name()} ${command.name()} ${command.usage()})`);
}

/** Reads the value of an option by `read`, which gives undefined where it isn't `wanted`. */
export function valueOf<T>(wanted: string, read: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = read(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${wanted}.`);
    return value;
  };
}

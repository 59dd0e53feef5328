// SPDX-License-Identifier: LGPL-2.1-or-later

// Examples of a command: its help shows them, and so does vpoll(1).

import type { Command } from 'commander';
import { columnsOf, wrap } from './wrap.js';

/** What is typed, and what that is for. */
export type Example = readonly [words: string, what: string];

const ALL = new WeakMap<Command, readonly Example[]>();

/** Gives a command its examples. */
export function withExamples(command: Command, ...examples: Example[]): Command {
  ALL.set(command, examples);
  return command.addHelpText('after', () => {
    const columns = columnsOf(process.stdout);
    const lines = examples.flatMap(([words, what]) => [`  $ ${words}`, ...wrap(what, columns, ' '.repeat(6))]);
    return `\nExamples:\n${lines.join('\n')}`;
  });
}

export function examplesOf(command: Command): readonly Example[] {
  return ALL.get(command) ?? [];
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs what the command line asks for.

import { createRequire } from 'node:module';
import type { CommanderError } from 'commander';
import { print } from './end.js';
import { COMMANDS, createProgram } from './program.js';

/** The parser ends nothing by itself but help and the version, which are printed by then: what is wrong is thrown, for end() to say. */
function throwWrong(error: CommanderError): void {
  if (error.exitCode === 0) return;
  // `vpoll` alone, or help for a command that there isn't.
  if (error.code === 'commander.help') error.message = `which command? (${Object.keys(COMMANDS).join(', ')})`;
  throw error;
}

/** Runs what the command line asks for. Throws what it fails by. */
export async function main(): Promise<void> {
  // By its own name: this file's place differs between the sources and the build.
  const { version } = createRequire(import.meta.url)('vpoll/package.json') as { version: string };
  const all = createProgram().version(version, '-v, --version', 'Print the version');
  for (const command of [all, ...all.commands]) {
    command
      .configureOutput({ writeOut: print, outputError: () => undefined, writeErr: () => undefined })
      .exitOverride(throwWrong);
  }
  await all.parseAsync(process.argv.slice(2), { from: 'user' });
}

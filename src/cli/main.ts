// SPDX-License-Identifier: LGPL-2.1-or-later

// The command line, put together: `vpoll` and its commands, as commander reads them.

import { createRequire } from 'node:module';
import { Command, type CommanderError } from 'commander';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import { print, type CommandName } from './end.js';
import { play } from './play.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { sim } from './sim.js';

const COMMANDS: Readonly<Record<CommandName, Command>> = { demo, doctor, play, run, serve, sim };

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
  const all = new Command('vpoll')
    .usage('[options] COMMAND')
    .description('File descriptors whose poll and epoll events your program decides')
    .version(version, '-v, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this')
    .helpCommand('help [command]', 'Print what a command does, and its options')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // What stands behind a command's name is that command's.
    .enablePositionalOptions()
    .configureOutput({ writeOut: print, outputError: () => undefined, writeErr: () => undefined })
    .exitOverride(throwWrong);
  for (const command of Object.values(COMMANDS)) all.addCommand(command.copyInheritedSettings(all));
  await all.parseAsync(process.argv.slice(2), { from: 'user' });
}

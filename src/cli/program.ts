// SPDX-License-Identifier: LGPL-2.1-or-later

// The command line, put together: `vpoll` and its commands, as commander reads them. vpoll(1) and the completions of shells are made of this.

import { Command } from 'commander';
import { completion } from './completion.js';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import type { CommandName } from './end.js';
import { withExamples } from './examples.js';
import { play } from './play.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { sim } from './sim.js';
import { columnsOf } from './wrap.js';

export const COMMANDS: Readonly<Record<CommandName, Command>> = { completion, demo, doctor, play, run, serve, sim };

/** `vpoll`, with nothing said of how it prints and ends. */
export function createProgram(): Command {
  const all = new Command('vpoll')
    .usage('[options] COMMAND')
    .description('File descriptors whose poll and epoll events your program decides')
    .helpOption('-h, --help', 'Print this')
    .helpCommand('help [command]', 'Print what a command does, and its options')
    .configureHelp({ subcommandTerm: (command) => command.name(), helpWidth: columnsOf(process.stdout) })
    // What stands behind a command's name is that command's.
    .enablePositionalOptions();
  for (const command of Object.values(COMMANDS)) all.addCommand(command.copyInheritedSettings(all));
  return withExamples(
    all,
    ['vpoll doctor', 'What you get on this machine, and how to get more'],
    ['vpoll demo --fast', 'A descriptor that another process makes ready'],
    ['vpoll help run', 'What a command does, its options and examples'],
  );
}

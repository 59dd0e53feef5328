// SPDX-License-Identifier: LGPL-2.1-or-later

import { constants } from 'node:os';
import { Command, Option } from 'commander';
import { run as supervise, type End } from '../run/run.js';
import { restoreDefaults } from '../../host/linux/signals.js';
import { execute } from '../run/starter.js';
import { here, openLibc } from '../runtime.js';
import { complain } from './end.js';
import { needDashes } from './arguments.js';
import { withExamples } from './examples.js';

/** Where the starter finds its socket. */
const SOCKET = 3;

/** Ends as the program did: the process that started this one sees no difference. */
export function endLike({ status, signal }: Omit<End, 'seen'>): void {
  process.exitCode = signal === null ? (status ?? 1) : 128 + constants.signals[signal];
  if (signal === null) return;
  process.removeAllListeners(signal);
  // SIGPIPE, for one, would not end a runtime.
  restoreDefaults(openLibc(), constants.signals[signal]);
  process.kill(process.pid, signal);
}

/** The command that becomes a program under the filter: this one again. */
export function starterOf(program: readonly string[]): [string, ...string[]] {
  return [process.execPath, ...here.alone, ...process.execArgv, process.argv[1]!, 'run', '--starter', '--', ...program];
}

/** `vpoll run` */
const command = new Command('run')
  .usage('[options] -- PROGRAM [ARGUMENT...]')
  .description('Run a program that wants EFD_VPOLL or /dev/vpoll on a kernel that has neither')
  .argument('<PROGRAM>', 'The program, looked for along PATH')
  .argument('[ARGUMENT...]', 'What it is given')
  // What stands behind the program is the program's, even where the dashes were forgotten.
  .passThroughOptions()
  .option('--count', 'Say at the end how many calls of the program were looked at')
  // Be the process that becomes the program.
  .addOption(new Option('--starter').hideHelp())
  .action(async (name: string, args: string[], { count, starter }: { count?: boolean; starter?: boolean }, command: Command) => {
    const program = [name, ...args];
    needDashes(program, command);
    if (starter) {
      process.exitCode = execute(program, SOCKET, complain);
      return;
    }
    const end = await supervise(starterOf(program));
    if (count) complain(`${end.seen} calls were looked at`);
    endLike(end);
  });

export const run = withExamples(
  command,
  ['vpoll run -- ./server --port 8080', 'A program that was written for EFD_VPOLL, on any kernel'],
  ["vpoll run --count -- sh -c './server | tee log'", 'A shell and what it starts; at the end, how many calls were looked at'],
);

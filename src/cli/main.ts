// SPDX-License-Identifier: LGPL-2.1-or-later

import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { defineCommand, renderUsage, runCommand, type ArgsDef, type CommandDef } from 'citty';
import { VPollError } from '../errors.js';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import { commandName, print, words } from './end.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { sim } from './sim.js';
import { findUnknown } from './strict.js';

const COMMANDS: Readonly<Record<string, CommandDef>> = { demo, doctor, run, serve, sim } as never;
const HINT = `(${Object.keys(COMMANDS).join(', ')}; vpoll --help says more)`;

function wrong(what: string): VPollError {
  return new VPollError('EINVAL', `vpoll${commandName in COMMANDS ? `_${commandName}` : ''}`, what);
}

function has(...options: string[]): boolean {
  return words.some((word) => options.includes(word));
}

/** Runs what the command line asks for. Throws what it fails by. */
export async function main(): Promise<void> {
  // By its own name: this file's place differs between the sources and the build.
  const { version } = createRequire(import.meta.url)('vpoll/package.json') as { version: string };
  const meta = { name: 'vpoll', version, description: 'File descriptors whose poll and epoll events your program decides' };
  const all = defineCommand({ meta, subCommands: COMMANDS });
  const command = Object.hasOwn(COMMANDS, commandName) ? COMMANDS[commandName] : undefined;
  const at = words.indexOf(commandName);
  const rest = command ? words.slice(at + 1) : [];
  // Where there is no such command, that is what is wrong.
  const unknown = command && (findUnknown(words.slice(0, at), {}) ?? findUnknown(rest, command.args as ArgsDef));
  if (unknown !== undefined) throw wrong(unknown);
  if (has('--help', '-h')) {
    print(`${await (command ? renderUsage(command, all) : renderUsage(all))}\n\n`);
    return;
  }
  if (words.length === 1 && has('--version', '-v')) {
    print(`${version}\n`);
    return;
  }
  if (!command) throw wrong(commandName ? `there is no command ${commandName} ${HINT}` : `which command? ${HINT}`);
  try {
    await runCommand(command, { rawArgs: [...rest] });
  } catch (error) {
    // What citty finds wrong with the arguments, in colours.
    if (error instanceof Error && error.name === 'CLIError') throw wrong(stripVTControlCharacters(error.message));
    throw error;
  }
}

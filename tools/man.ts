// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * `npm run man`: writes vpoll(1), docs/vpoll.1. What stands there of the commands, their options, examples and statuses is what the parser's definitions and src/cli/end.ts
 * say; the rest is here. What it makes is in git, so that a package needs no build of it; a test makes it again and compares.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, Option } from 'commander';
import { BACKENDS } from '../src/backends.js';
import { COMMANDS as STATUSES, type CommandName } from '../src/cli/end.js';
import { examplesOf } from '../src/cli/examples.js';
import { createProgram } from '../src/cli/program.js';
import { root } from './build.js';
import { LICENSE } from './license.js';
import { versionOf } from './release/version.js';

const PAGE = 'docs/vpoll.1';

/** Text as troff takes it: no escape in it, no hyphen where a minus is typed, no request at the begin of a line (groff_char(7)). */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./, '\\&.');
}

/** Prose, where a hyphen is one, and `*word*` is bold. */
function prose(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll(/(?<=\W|^)--?(?=\w)/g, (dashes) => dashes.replaceAll('-', '\\-'))
    .replaceAll(/\*([^*]+)\*/g, (_, bold: string) => `\\fB${bold}\\fR`);
}

/** `--seed <number>` with what is typed in bold and what is replaced in italics. */
function flags(option: Option): string {
  return text(option.flags).replaceAll(/<([^>]+)>/g, '\\fI$1\\fB');
}

function sayOption(option: Option): string {
  const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : '';
  const byDefault = option.defaultValue === undefined ? '' : ` (default: ${String(option.defaultValue)})`;
  return `.TP\n.B ${flags(option)}\n${text(`${option.description}${choices}${byDefault}.`)}\n`;
}

function sayExample([words, what]: readonly [string, string]): string {
  return `.TP\n.B ${text(words)}\n${text(what)}.\n`;
}

/** What a usage line replaces is in capitals: italics. */
function usage(words: string): string {
  return text(words)
    .replaceAll(/\b[A-Z]{2,}\b/g, '\\fI$&\\fR')
    .replaceAll('[options]', '[\\fIoptions\\fR]');
}

function sayCommand(command: Command, all: Command): string {
  const help = all.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const args = help.visibleArguments(command).map((argument) => {
    const choices = argument.argChoices ? ` (${argument.argChoices.join(', ')})` : '';
    return `.TP\n.I ${argument.name()}\n${text(`${argument.description}${choices}.`)}\n`;
  });
  return [
    `.SS vpoll ${command.name()}\n`,
    `.B vpoll ${command.name()}\n${usage(command.usage())}\n.PP\n`,
    `${text(command.description())}.\n`,
    ...args,
    ...options.map(sayOption),
    '.PP\nExamples:\n',
    ...examplesOf(command).map(sayExample),
  ].join('');
}

/** A paragraph for each different set of statuses, with the commands that have it. */
function sayStatuses(): string {
  const byStatuses = new Map<string, CommandName[]>();
  for (const name of Object.keys(STATUSES) as CommandName[]) {
    const { usage: wrong, failed, output } = STATUSES[name];
    const said = `${wrong} where the words are wrong, ${failed} where it could not run or has failed, ${output} where its output could not be written.`;
    byStatuses.set(said, [...(byStatuses.get(said) ?? []), name]);
  }
  return [...byStatuses].map(([said, names]) => `.TP\n.B ${names.join(', ')}\n${said}\n`).join('');
}

const DESCRIPTION = [
  'A vpoll is a file descriptor whose readiness a program decides itself. All that poll it, by poll(2), select(2), epoll(7) or io_uring, see the events that were set.',
  '*vpoll* says what this machine can do, shows it, serves it to programs that know nothing of it, and runs scenarios on a simulated kernel. The library is of JavaScript (*npm install vpoll*) and of C (vpoll(3)).',
];

const VARIABLES: readonly (readonly [name: string, what: string])[] = [
  ['VPOLL_BACKEND', `The backend that a vpoll is made on where the program names none: ${BACKENDS.join(', ')}.`],
  ['VPOLL_NEEDS', 'The events that it must be able to show, for example IN|PRI; the cheapest backend that can is taken.'],
  ['VPOLL_ORDER', 'truest, or seed: the backends of libvpoll 0.1, so that no process is started.'],
  ['VPOLL_FUSE', 'What serves the backend fuse, or off: no helper is started.'],
  ['VPOLL_SIM_REPLAY', 'A run that vpoll/sim is to make again, as the report of its failure says.'],
  ['NO_COLOR, FORCE_COLOR', 'Whether *vpoll doctor* prints in colours; else it does on a terminal.'],
];

/** The page, by its path. */
export function generate(): Record<string, string> {
  const all = createProgram();
  const page = [
    `.\\" ${LICENSE.slice(3)}\n`,
    '.\\" Generated by tools/man.ts (npm run man) from the definitions in src/cli.\n',
    `.TH VPOLL 1 2026-12-01 "vpoll ${versionOf(root)}" "User Commands"\n`,
    `.SH NAME\nvpoll \\- ${text(all.description().replace(/^./, (first) => first.toLowerCase()))}\n`,
    '.SH SYNOPSIS\n',
    all.commands.map((command) => `.B vpoll ${command.name()}\n${usage(command.usage())}\n`).join('.br\n'),
    '.br\n.B vpoll \\-\\-version\n',
    `.SH DESCRIPTION\n${DESCRIPTION.map(prose).join('\n.PP\n')}\n`,
    '.SH COMMANDS\n',
    ...all.commands.map((command) => sayCommand(command, all)),
    '.SS vpoll help\n.B vpoll help\n[\\fIcommand\\fR]\n.PP\nPrint what a command does, its options and examples; so does \\fB\\-\\-help\\fR.\n',
    `.SH "EXIT STATUS"\n0 where all went well; of \\fBvpoll run\\fR that of the program, as \\fBenv\\fR(1) has it. Else:\n${sayStatuses()}`,
    '.PP\n141 where the reader of its output has gone, as a shell shows of a program that SIGPIPE has ended.\n',
    `.SH ENVIRONMENT\n${VARIABLES.map(([name, what]) => `.TP\n.B ${text(name)}\n${prose(what)}\n`).join('')}`,
    '.SH "SEE ALSO"\n.BR vpoll (3),\n.BR vpoll (7),\n.BR vpoll\\-fuse (8),\n.BR epoll (7)\n',
  ];
  return { [PAGE]: page.join('') };
}

async function main(): Promise<void> {
  for (const [path, made] of Object.entries(generate())) await writeFile(join(root, path), made);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

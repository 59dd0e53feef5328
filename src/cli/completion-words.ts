// SPDX-License-Identifier: LGPL-2.1-or-later

// The words that a command line may have, as the parser's definitions have them: what the completions of all shells are made of.

import type { Argument, Command, Option } from 'commander';

/** What may stand in a place: one of some words, the name of a file or of a program, or text that nobody can guess. */
export type Values = readonly string[] | 'files' | 'programs' | 'text';

/** An option; `values` where it takes one. */
export interface OptionWords {
  /** Without its dashes. */
  readonly long: string;
  readonly short: string | undefined;
  readonly what: string;
  readonly values: Values | undefined;
}

/** A command; '' is `vpoll` itself, whose first argument is a command. */
export interface Words {
  readonly name: string;
  readonly what: string;
  readonly options: readonly OptionWords[];
  /** What its first argument may be; undefined where it takes none. */
  readonly first: Values | undefined;
  /** Whether its arguments stand behind `--`, the first one too. */
  readonly isBehindDashes: boolean;
}

const FILES = /^(file|program)$/i;

function valuesOf(option: Option): Values | undefined {
  if (!option.required) return undefined;
  if (option.argChoices) return option.argChoices;
  return FILES.test(/<(.*)>/.exec(option.flags)?.[1] ?? '') ? 'files' : 'text';
}

function toOption(option: Option): OptionWords {
  const { short, description: what } = option;
  return { long: option.long!.slice(2), short: short?.slice(1), what, values: valuesOf(option) };
}

function toFirst(argument: Argument | undefined): Values | undefined {
  if (argument === undefined) return undefined;
  if (argument.argChoices) return argument.argChoices;
  return argument.name() === 'PROGRAM' ? 'programs' : FILES.test(argument.name()) ? 'files' : 'text';
}

/** `vpoll`, then its commands. */
export function wordsOf(all: Command): Words[] {
  const help = all.createHelp();
  const commands = help.visibleCommands(all);
  const names = commands.map((command) => command.name());
  const toWords = (command: Command): Words => {
    const isHelp = !all.commands.includes(command);
    return {
      name: command === all ? '' : command.name(),
      what: command.description(),
      options: help.visibleOptions(command).map(toOption),
      first: command === all || isHelp ? names : toFirst(command.registeredArguments[0]),
      isBehindDashes: / -- PROGRAM/.test(command.usage()),
    };
  };
  return [all, ...commands].map(toWords);
}

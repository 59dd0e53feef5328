// SPDX-License-Identifier: LGPL-2.1-or-later

// What completes the words of vpoll in fish: lines of complete(1).

import type { OptionWords, Values, Words } from './completion-words.js';

function quote(words: string): string {
  return `'${words.replaceAll(/[\\']/g, '\\$&')}'`;
}

/** What is given to complete(1) for these; -x: nothing but them, -r: a value must follow. */
function toFlags(values: Values): string {
  if (values === 'files') return '-r -F';
  if (values === 'text') return '-x';
  return values === 'programs' ? "-x -a '(__fish_complete_command)'" : `-x -a ${quote(values.join(' '))}`;
}

function toOption(where: string, { long, short, what, values }: OptionWords): string {
  const value = values ? ` ${toFlags(values)}` : '';
  return `complete -c vpoll ${where} -l ${long}${short ? ` -s ${short}` : ''}${value} -d ${quote(what)}`;
}

function toFirst(where: string, values: Values): string {
  if (values === 'files') return `complete -c vpoll ${where} -F`;
  return `complete -c vpoll ${where} ${toFlags(values).replace(/^-x /, '')}`;
}

function toLines({ name, options, first, isBehindDashes }: Words): string[] {
  const where = `-n '__vpoll_is ${name}'`;
  const dashed = isBehindDashes ? `-n '__vpoll_is_behind ${name}'` : where;
  return [
    ...options.map((option) => toOption(where, option)),
    ...(first && first !== 'text' ? [toFirst(dashed, first)] : []),
    // What a program takes is its own: files, as far as anybody can guess.
    ...(isBehindDashes ? [`complete -c vpoll ${dashed} -F`] : []),
  ];
}

/** The script that fish is to read. */
export function completeFish([all, ...commands]: readonly Words[]): string {
  const isFirst = '-n __vpoll_is_first';
  const names = commands.map(({ name, what }) => `complete -c vpoll ${isFirst} -a ${name} -d ${quote(what)}`);
  return `# fish completion of vpoll: vpoll completion fish > ~/.config/fish/completions/vpoll.fish
function __vpoll_is_first
    test (count (commandline -opc)) -eq 1
end
function __vpoll_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = "$argv[1]"; and not contains -- -- $words
end
function __vpoll_is_behind
    set -l words (commandline -opc)
    test (count $words) -gt 2; and test "$words[2]" = "$argv[1]"; and contains -- -- $words
end
complete -c vpoll -f
${all!.options.map((option) => toOption(isFirst, option)).join('\n')}
${names.join('\n')}
${commands.flatMap(toLines).join('\n')}
`;
}

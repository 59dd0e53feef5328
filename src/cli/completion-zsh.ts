// SPDX-License-Identifier: LGPL-2.1-or-later

// What completes the words of vpoll in zsh: the specifications of _arguments (zshcompsys(1)).

import type { OptionWords, Values, Words } from './completion-words.js';

/** Text within an apostrophe, in which brackets and colons mean something to _arguments. */
function text(words: string): string {
  return words.replaceAll(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''");
}

function action(values: Values): string {
  if (values === 'text') return ' ';
  if (values === 'files') return '_files';
  return values === 'programs' ? '_command_names -e' : `(${values.join(' ')})`;
}

function toSpecs({ long, short, what, values }: OptionWords): string[] {
  const value = values ? `:${long}:${action(values)}` : '';
  return [...(short ? [`'-${short}[${text(what)}]${value}'`] : []), `'--${long}${values ? '=' : ''}[${text(what)}]${value}'`];
}

/** What follows `_arguments` for a command. */
function argumentsOf({ options, first, isBehindDashes }: Words): string {
  const specs = options.flatMap(toSpecs);
  if (first && !isBehindDashes)
    specs.push(`'1:argument:${action(first)}'`, ...(first === 'files' ? ["'*:argument:_files'"] : []));
  return specs.join(' \\\n        ');
}

/** A case for a command. Behind its dashes the line is another program's, as behind nice(1). */
function caseOf(words: Words): string {
  const own = `_arguments -S ${argumentsOf(words)}`;
  if (!words.isBehindDashes) return `    ${words.name})\n      ${own} ;;`;
  return `    ${words.name})
      local -i dashes=\${words[(ie)--]}
      if ((dashes < CURRENT)); then
        shift dashes words
        ((CURRENT -= dashes))
        _normal
        return
      fi
      ${own} ;;`;
}

/** The script that zsh is to read, or to find as _vpoll along fpath. */
export function completeZsh([all, ...commands]: readonly Words[]): string {
  const names = commands.map(({ name, what }) => `'${name}:${text(what)}'`);
  return `#compdef vpoll
# zsh completion of vpoll: source <(vpoll completion zsh)
_vpoll() {
  # Not "commands": zsh has those of PATH in that.
  local -a names=(
    ${names.join('\n    ')}
  )
  if ((CURRENT == 2)); then
    _describe -t commands command names
    _arguments ${all!.options.flatMap(toSpecs).join(' ')}
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(caseOf).join('\n')}
  esac
}
if [[ $funcstack[1] == _vpoll ]]; then _vpoll "$@"; else compdef _vpoll vpoll; fi
`;
}

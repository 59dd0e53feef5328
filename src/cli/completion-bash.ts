// SPDX-License-Identifier: LGPL-2.1-or-later

// What completes the words of vpoll in bash: a function for complete -F, that needs nothing of the package bash-completion.

import type { Values, Words } from './completion-words.js';

/** What fills COMPREPLY. compopt(1) has no meaning outside of a completion, which is no reason to complain. */
function reply(values: Values): string {
  if (values === 'text') return ':';
  if (values === 'files') return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur")';
  if (values === 'programs') return 'mapfile -t COMPREPLY < <(compgen -c -- "$cur")';
  return `mapfile -t COMPREPLY < <(compgen -W '${values.join(' ')}' -- "$cur")`;
}

function optionsOf({ options }: Words): readonly string[] {
  return options.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])]);
}

/** A case for each option that takes a value. */
function valuesOf({ name, options }: Words): string[] {
  return options.flatMap(({ long, values }) => (values ? [`    ${name}/--${long}) ${reply(values)}; return ;;`] : []));
}

/** A case for what a command takes: options, and its first argument. */
function ownOf(words: Words): string {
  const first = words.first === undefined || words.isBehindDashes ? [] : [reply(words.first)];
  return `    ${words.name}) if [[ $cur == -* ]]; then ${reply(optionsOf(words))}; else ${first[0] ?? ':'}; fi ;;`;
}

/** The script that bash is to read. */
export function completeBash([all, ...commands]: readonly Words[]): string {
  const behind = commands.filter(({ isBehindDashes }) => isBehindDashes).map(({ name }) => name);
  return `# bash completion of vpoll: source <(vpoll completion bash)
_vpoll() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} i
  COMPREPLY=()
  # bash takes --option=value for three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD == 1)); then
    if [[ $cur == -* ]]; then ${reply(optionsOf(all!))}; else ${reply(all!.first!)}; fi
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    # Behind the dashes: a program, and what that takes.
    if [[ $command == @(${behind.join('|')}) ]] && ((i == COMP_CWORD - 1)); then ${reply('programs')}; else ${reply('files')}; fi
    return
  done
  case $command/$prev in
${commands.flatMap(valuesOf).join('\n')}
  esac
  case $command in
${commands.map(ownOf).join('\n')}
  esac
}
complete -F _vpoll vpoll
`;
}

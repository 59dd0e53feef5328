// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll completion`: what completes the command line in a shell, made of the definitions that the parser has.

import { Argument, Command } from 'commander';
import { completeBash } from './completion-bash.js';
import { completeFish } from './completion-fish.js';
import { completeZsh } from './completion-zsh.js';
import { wordsOf, type Words } from './completion-words.js';
import { print } from './end.js';
import { withExamples } from './examples.js';

const SHELLS: Readonly<Record<string, (all: readonly Words[]) => string>> = {
  bash: completeBash,
  zsh: completeZsh,
  fish: completeFish,
};

const command = new Command('completion')
  .usage('[options] SHELL')
  .description('Print what completes the words of vpoll in a shell: bash, zsh or fish')
  .addArgument(new Argument('<SHELL>', 'Which shell').choices(Object.keys(SHELLS)))
  .action((shell: string, _: object, self: Command) => {
    print(SHELLS[shell]!(wordsOf(self.parent!)));
  });

export const completion = withExamples(
  command,
  ['source <(vpoll completion bash)', 'In ~/.bashrc; for zsh in ~/.zshrc, behind compinit'],
  ['vpoll completion fish > ~/.config/fish/completions/vpoll.fish', 'Once, for fish'],
);

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The patches of linux_patch/ for any kernel line, of which the newest one's stand there as they are.
 *
 *     npm run --silent series -- v6.1                  prints them, for patch(1) and git am
 *     npm run series -- v6.1 --out FOLDER              writes them into an empty folder, the cover letter too
 *     npm run series -- --renew [--tree FOLDER...]     lets every line follow a change of the newest one's
 *     npm run series -- v6.1 --take FOLDER             puts those of the folder in the place of the line's
 *
 * FOLDER of --tree is the source of a kernel: it says what git calls the files that the patches leave there. Nothing builds on these names; without the source of a line
 * they are 0000000 where the change made them others.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { fileOf, fixes, lineNamed, lines, mailsOf, stored } from './series.js';
import type { Files } from './series/backport.js';
import { isCover, type Patch } from './series/mail.js';
import { renewed, taken, wholeOf } from './series/renew.js';
import { treeAt } from './series/tree.js';

interface Options {
  readonly out?: string;
  readonly cover?: boolean;
  readonly renew?: boolean;
  readonly take?: string;
  readonly tree?: string[];
}

function writeInto(folder: string, mails: Patch[]): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`ENOTEMPTY: --out ${folder}`);
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of mails) writeFileSync(join(folder, name), text);
}

/** Writes what is another text now, and says which. */
function store(before: Files, after: Files): void {
  const changed = [...after].filter(([path, text]) => {
    const now = before.get(path) ?? (existsSync(fileOf(path)) ? readFileSync(fileOf(path), 'utf8') : undefined);
    return now !== text;
  });
  for (const [path, text] of changed) writeFileSync(fileOf(path), text);
  console.log(changed.length > 0 ? changed.map(([path]) => `linux_patch/${path}`).join('\n') : 'nothing is to be renewed');
}

function mailsIn(folder: string): Patch[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'));
  return names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

function act(name: string | undefined, { out, cover, renew, take, tree = [] }: Options): void {
  const trees = tree.map(treeAt);
  if (renew) {
    if (name !== undefined || out !== undefined || take !== undefined)
      throw new Error('EINVAL: --renew is for all lines, and by itself');
    const files = stored();
    store(files, renewed(files, trees));
    return;
  }
  if (name === undefined)
    throw new Error(`EINVAL: which line? There are ${[...lines, ...fixes].map((line) => line.name).join(', ')}`);
  const line = lineNamed(name);
  if (take !== undefined) {
    const files = stored();
    store(files, taken(files, name, mailsIn(take), trees));
  } else if (out !== undefined) writeInto(out, mailsOf(line));
  else if (cover) process.stdout.write(wholeOf(name));
  else for (const mail of mailsOf(line).filter((each) => !isCover(each))) process.stdout.write(mail.text);
}

new Command('series')
  .description('The patches of linux_patch/ for any kernel line')
  .argument('[line]', 'v6.1, io_uring/v6.1')
  .option('--out <folder>', 'write them into an empty folder, the cover letter too')
  .option('--cover', 'print the cover letter first, as linux_patch_v5.2-rc6 has it; git am refuses that')
  .option('--renew', "let every line follow a change of the newest one's patches")
  .option('--take <folder>', "put the patches of the folder in the place of the line's")
  .option('--tree <folder...>', "kernels' sources, for the names that git gives to files")
  .action((name: string | undefined, options: Options) => {
    try {
      act(name, options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      console.error(`series: ${error.message}`);
      process.exitCode = 1;
    }
  })
  .parse();

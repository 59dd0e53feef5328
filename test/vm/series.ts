// SPDX-License-Identifier: LGPL-2.1-or-later
//
// series.ts LINE TREE: checks the patches of linux_patch/ for a line against the kernel source TREE, and says what is wrong with them.

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { applyAndBuild, checkMails, checkNames, checkSelftest, checkStyle, reconstruct } from './series/checks.js';
import { fixes, lineNamed, lines, patchesOf } from '../../tools/series.js';
import { partsOf } from '../../tools/series/mail.js';
import { must } from './series/said.js';

/**
 * Checks that a series applies with no fuzz and no offset, by patch(1) and by git am; that after each of its patches what it changes
 * compiles for User-Mode Linux with W=1; that it passes sparse, with no warning that the tree alone does not give; that the tree's
 * own checkpatch --strict finds nothing; that the patches say what git calls their results; and that its test, where it brings one,
 * compiles with no warning.
 *
 * @param name - a line of linux_patch/: `v6.1`
 * @param sourceTree - the unpacked source of that line's kernel (of 5.10 for `v5.2`, whose own can't be had), without objects. Not
 * changed: a copy is made beside it, by hard links.
 * @returns what is wrong, a line each; empty when nothing is
 * @throws when a check can't be made: no such line, a tool missing, a tree that doesn't build by itself
 */
export async function checkSeries(name: string, sourceTree: string): Promise<string[]> {
  const line = lineNamed(name);
  const source = realpathSync(sourceTree);
  const folder = mkdtempSync(join(dirname(source), `${basename(source)}.series.`));
  const room = (of: string): string => {
    mkdirSync(join(folder, of));
    return join(folder, of);
  };
  const files = patchesOf(line).flatMap(({ text }) => partsOf(text).map(({ file }) => file));
  const contents = (): string => files.map((file) => readIfThere(join(source, file))).join('\0');
  const before = contents();
  try {
    const tree = join(folder, 'tree');
    await must(folder, ['cp', '-al', source, tree]);
    const faults = [
      ...(await reconstruct(line, tree)),
      ...(await applyAndBuild(line, tree, room('objects'))),
      ...(await checkStyle(line, tree)),
      ...(await checkNames(line, tree)),
      ...(await checkMails(line, source, tree, room('mails'))),
      ...(lines.includes(line) ? await checkSelftest(tree, room('headers'), room('selftest')) : []),
    ];
    // patch(1) puts a new file in the place of a link. Were it otherwise, the source would be spoilt for everybody.
    if (contents() !== before) faults.push(`${source} was changed`);
    return faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, tree] = process.argv.slice(2);
  if (name === undefined || tree === undefined) {
    console.error(`usage: series.ts LINE TREE; the lines are ${[...lines, ...fixes].map((line) => line.name).join(', ')}`);
    process.exit(2);
  }
  const faults = await checkSeries(name, tree);
  for (const fault of faults) console.log(fault);
  console.log(`${name}: ${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// Lets every line follow a change of the newest one's patches.

import {
  asMails,
  backportFile,
  fixes,
  type Line,
  lines,
  mailsOf,
  MAN_PAGES,
  NEWEST,
  ONE_FILE,
  patchesAmong,
  placeOf,
} from '../series.js';
import { backportOf, type Files, Misfit, namesOfBackport, ported } from './backport.js';
import type { Patch } from './mail.js';
import { type Names, namesIn, withoutSums, withSums } from './sums.js';
import { namesAfter, type Tree } from './tree.js';

/** The first line of a backport. */
function about(kernel: string): string {
  return `What ${kernel} has otherwise than ${NEWEST}, whose patches are in series/ and io_uring/. Made by \`npm run series -- --renew\`.`;
}

function asFiles(folder: string, mails: Patch[]): [path: string, text: string][] {
  return mails.map(({ name, text }) => [`${folder}/${name}`, text]);
}

/** A line's patches with their sums, and the names of the results as a tree of its release has them, where there is one. */
function summed(line: Line, bare: Files, names: Names, trees: Tree[]): [path: string, text: string][] {
  const { folder } = placeOf(line.name);
  const mails = asMails(patchesAmong(bare, folder));
  const tree = trees.find(({ release }) => release === line.release);
  const made = withSums(mails, names);
  const all = tree === undefined ? names : new Map([...names, ...namesAfter(made, line, tree)]);
  return asFiles(folder, withSums(mails, all));
}

function bareOf(patches: Files): Files {
  return new Map([...patches].map(([path, text]) => [path, withoutSums(text)]));
}

/**
 * What linux_patch/ becomes after its newest patches were changed: their numbers and names are set right, each backport is made anew to fit them, and the one file of 5.2 is.
 * Throws a Misfit that names every backport that has no place for a change any more.
 *
 * @param files - as stored() gives them
 * @param trees - kernels' sources, for the names that git gives to the results. Those of a line without one stay where the newest one's did, and are 0000000 where not.
 */
export function renewed(files: Files, trees: Tree[] = []): Files {
  const made = new Map(files);
  const all = [...lines, ...fixes];
  const before = patchesAmong(files);
  for (const line of all.filter(({ name }) => placeOf(name).kernel === NEWEST))
    for (const [path, text] of summed(line, bareOf(before), namesIn(asMails(before)), trees)) made.set(path, text);
  const newest = patchesAmong(made);
  const names = namesIn(asMails(newest));
  const faults: string[] = [];
  for (const kernel of kernelsBefore()) {
    const path = backportFile(kernel);
    const backport = files.get(path) ?? '';
    try {
      const bare = ported(bareOf(newest), backport, path, true);
      const known = new Map([...names, ...namesOfBackport(backport, names)]);
      const own = all.filter(({ name }) => placeOf(name).kernel === kernel);
      const after = new Map([...newest, ...own.flatMap((line) => summed(line, bare, known, trees))]);
      made.set(path, backportOf(newest, after, about(kernel)));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      faults.push(error.message);
    }
  }
  if (faults.length > 0) throw new Misfit(faults.join('\n'));
  return made.set(ONE_FILE.path, wholeOf(ONE_FILE.line, made));
}

/** The lines that have a backport. */
function kernelsBefore(): string[] {
  return lines.map(({ name }) => placeOf(name).kernel).filter((kernel) => kernel !== NEWEST);
}

/** A line's series as one text, the cover letter first. */
export function wholeOf(name: string, files?: Files): string {
  return mailsOf({ name }, files)
    .map(({ text }) => text)
    .join('');
}

/** linux_patch/ with other patches for a line, which git format-patch may have made: they must have the names of the newest line's. */
export function taken(files: Files, name: string, mails: Patch[], trees: Tree[] = []): Files {
  const { folder, kernel } = placeOf(name);
  const newest = patchesAmong(files);
  const wanted = asMails(patchesAmong(newest, folder)).map((mail) => mail.name);
  const given = mails.map((mail) => mail.name);
  if (folder === MAN_PAGES || given.join(' ') !== wanted.join(' '))
    throw new Error(`EINVAL: ${name} is ${wanted.join(', ')}; given is ${given.join(', ') || 'nothing'}`);
  if (kernel === NEWEST) return renewed(new Map([...files, ...asFiles(folder, mails)]), trees);
  const path = backportFile(kernel);
  const others = files.get(path) === undefined ? newest : ported(newest, files.get(path)!, path);
  const line = new Map([...others, ...asFiles(folder, mails)]);
  return renewed(new Map([...files, [path, backportOf(newest, line, about(kernel))]]), trees);
}

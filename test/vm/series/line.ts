// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/run.js';

/** A kernel line that has a series in linux_patch/. */
export interface Line {
  /** The folder's name. */
  name: string;
  /** The release whose source tree it is checked against. */
  release: string;
  /** A file of the folder that makes the tree's files those of the line, where no source of the line itself is to be had. */
  reconstruction?: string;
  /** Then: the files that are known in full. Left out: all. */
  known?: RegExp;
  /** What the checker (sparse 0.6.4) must be told to understand this kernel. */
  checkFlags?: string;
}

export const lines: Line[] = [
  {
    name: 'v5.2',
    release: '5.10',
    reconstruction: 'from-v5.10.diff',
    known: /^(fs\/|include\/|tools\/testing\/selftests\/filesystems\/eventfd\/)/,
  },
  { name: 'v5.10', release: '5.10' },
  { name: 'v6.1', release: '6.1' },
  { name: 'v6.12', release: '6.12' },
  // It knows no __typeof_unqual__, and a kernel that finds so does not run it at all.
  { name: 'v7.3', release: '7.3', checkFlags: '-D__typeof_unqual__=__typeof__' },
];

/** The line of that name. */
export function lineNamed(name: string): Line {
  const found = lines.find((line) => line.name === name);
  if (!found) throw new Error(`no series ${name}; there are ${lines.map((line) => line.name).join(', ')}`);
  return found;
}

/** The path of a file in the folder of a line. */
export function fileOf(line: Line, name: string): string {
  return join(root, 'linux_patch', line.name, name);
}

export interface Patch {
  /** Its file's name. */
  name: string;
  text: string;
}

/** Everything of a series in its order; the cover letter, which is number 0, is the first. */
export function mailsOf(line: Line): Patch[] {
  return readdirSync(fileOf(line, '.'))
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => ({ name, text: readFileSync(fileOf(line, name), 'utf8') }));
}

/** The files that a patch changes, each with its part of the text. */
export function partsOf(text: string): { file: string; text: string }[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith('diff --git '))
    .map((part) => ({ file: /^diff --git a\/\S+ b\/(\S+)/.exec(part)?.[1] ?? '', text: part }));
}

/** The patches of a series without the cover letter, and without what changes a file that is not known in full. */
export function patchesOf(line: Line): Patch[] {
  const { known } = line;
  return mailsOf(line)
    .slice(1)
    .map(({ name, text }) => {
      if (!known) return { name, text };
      const head = text.slice(0, text.search(/^diff --git /m));
      const parts = partsOf(text).filter(({ file }) => known.test(file));
      return { name, text: parts.length > 0 ? [head, ...parts.map((part) => part.text)].join('') : '' };
    })
    .filter(({ text }) => text !== '');
}

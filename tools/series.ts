// SPDX-License-Identifier: LGPL-2.1-or-later

// The patches of linux_patch/: for which kernel lines there are some, and what is in them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.js';

/** Patches in linux_patch/ for one kernel line: the series, or what is sent on its own. */
export interface Line {
  /** The folder's name. */
  name: string;
  /** What they change, as an object of the tree without its `.o`: compiled and checked after each of them. */
  object: string;
  /** The release whose source tree it is checked against. */
  release: string;
  /** A file of the folder that makes the tree's files those of the line, where no source of the line itself is to be had. */
  reconstruction?: string;
  /** Then: the files that are known in full. Left out: all. */
  known?: RegExp;
  /** What the checker (sparse 0.6.4) must be told to understand this kernel. */
  checkFlags?: string;
}

/** Stand in the patches for the person who sends them, and for the name of a commit in that person's tree: tools/series-sign.ts puts those in. */
export const AUTHOR = 'The vpoll authors <vpoll@example.invalid>';
export const COMMIT = '<commit>';

/** The folder of the patch for the man-pages. */
export const MAN_PAGES = 'man-pages';

const EVENTFD = 'fs/eventfd';
const POLL = 'io_uring/poll';

/** sparse knows no __typeof_unqual__, and a kernel that finds so does not run it at all. */
const NO_UNQUAL = '-D__typeof_unqual__=__typeof__';

/** The series of EFD_VPOLL. */
export const lines: Line[] = [
  {
    name: 'v5.2',
    object: EVENTFD,
    release: '5.10',
    reconstruction: 'from-v5.10.diff',
    known: /^(fs\/|include\/|tools\/testing\/selftests\/filesystems\/eventfd\/)/,
  },
  { name: 'v5.10', object: EVENTFD, release: '5.10' },
  { name: 'v6.1', object: EVENTFD, release: '6.1' },
  { name: 'v6.12', object: EVENTFD, release: '6.12' },
  { name: 'v7.3', object: EVENTFD, release: '7.3', checkFlags: NO_UNQUAL },
];

/** The patch for io_uring's poll, which is no part of the series. 5.10 doesn't have the fault. */
export const fixes: Line[] = [
  { name: 'io_uring/v6.1', object: POLL, release: '6.1' },
  { name: 'io_uring/v6.12', object: POLL, release: '6.12' },
  { name: 'io_uring/v7.3', object: POLL, release: '7.3', checkFlags: NO_UNQUAL },
];

/** The line of that name. */
export function lineNamed(name: string): Line {
  const all = [...lines, ...fixes];
  const found = all.find((line) => line.name === name);
  if (!found) throw new Error(`no series ${name}; there are ${all.map((line) => line.name).join(', ')}`);
  return found;
}

/** The path of a file in the folder of a line. */
export function fileOf(line: Pick<Line, 'name'>, name: string): string {
  return join(root, 'linux_patch', line.name, name);
}

export interface Patch {
  /** Its file's name. */
  name: string;
  text: string;
}

/** Everything of a series in its order; the cover letter, where there is one, is number 0 and the first. */
export function mailsOf(line: Pick<Line, 'name'>): Patch[] {
  return readdirSync(fileOf(line, '.'))
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => ({ name, text: readFileSync(fileOf(line, name), 'utf8') }));
}

export function isCover({ name }: Patch): boolean {
  return name.startsWith('0000-');
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
    .filter((mail) => !isCover(mail))
    .map(({ name, text }) => {
      if (!known) return { name, text };
      const head = text.slice(0, text.search(/^diff --git /m));
      const parts = partsOf(text).filter(({ file }) => known.test(file));
      return { name, text: parts.length > 0 ? [head, ...parts.map((part) => part.text)].join('') : '' };
    })
    .filter(({ text }) => text !== '');
}

/** The program in a cover letter: a device, whole. */
export function exampleOf(line: Line): string {
  const cover = mailsOf(line).find(isCover)?.text ?? '';
  const [, text = ''] = /^Example\n-+\n[\s\S]*?\n\n((?:\t.*\n|\n)+)/m.exec(cover) ?? [];
  return `#define _GNU_SOURCE\n${text.replace(/^\t/gm, '')}`;
}

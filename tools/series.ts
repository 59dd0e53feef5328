// SPDX-License-Identifier: LGPL-2.1-or-later

// The patches of linux_patch/: for which kernel lines there are some, and what is in them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.js';
import { type Files, ported } from './series/backport.js';
import { isCover, type Patch, partsOf } from './series/mail.js';
import { settled } from './series/sums.js';

/** Patches for one kernel line: the series, or what is sent on its own. */
export interface Line {
  /** `v6.1`, or `io_uring/v6.1` for what is sent on its own. */
  name: string;
  /** What they change, as an object of the tree without its `.o`: compiled and checked after each of them. */
  object: string;
  /** The release whose source tree it is checked against. */
  release: string;
  /** A file of linux_patch/ that makes the tree's files those of the line, where no source of the line itself is to be had. */
  reconstruction?: string;
  /** Then: the files that are known in full. Left out: all. */
  known?: RegExp;
  /** What the checker (sparse 0.6.4) must be told to understand this kernel. */
  checkFlags?: string;
}

/** Stand in the patches for the person who sends them, and for the name of a commit in that person's tree: tools/series-sign.ts puts those in. */
export const AUTHOR = 'The vpoll authors <vpoll@example.invalid>';
export const COMMIT = '<commit>';

/** The line whose patches stand in linux_patch/ as they are. What an older one has otherwise is in its backport. */
export const NEWEST = 'v7.3';

/** The folders of the patches: the series of EFD_VPOLL, the patch for io_uring, that for the man-pages. */
export const SERIES = 'series';
const IO_URING = 'io_uring';
export const MAN_PAGES = 'man-pages';

const EVENTFD = 'fs/eventfd';
const POLL = 'io_uring/poll';

/** sparse knows no __typeof_unqual__, and a kernel that finds so does not run it at all. */
const NO_UNQUAL = '-D__typeof_unqual__=__typeof__';

/** The series of EFD_VPOLL, the oldest first. */
export const lines: Line[] = [
  {
    name: 'v5.2',
    object: EVENTFD,
    release: '5.10',
    reconstruction: 'v5.2/from-v5.10.diff',
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
  if (!found) throw new Error(`EINVAL: no line ${name}; there are ${all.map((line) => line.name).join(', ')}`);
  return found;
}

/** The path of a file of linux_patch/. */
export function fileOf(name: string): string {
  return join(root, 'linux_patch', name);
}

/** The folder that has a line's patches as the newest kernel has them, and the kernel that they are to be for: `series` and `v6.1`. */
export function placeOf(name: string): { folder: string; kernel: string } {
  if (name === MAN_PAGES) return { folder: MAN_PAGES, kernel: NEWEST };
  const slash = name.lastIndexOf('/');
  return { folder: slash < 0 ? SERIES : name.slice(0, slash), kernel: name.slice(slash + 1) };
}

/** The one file that holds a whole series, that of 5.2. */
export const ONE_FILE = { line: 'v5.2', path: 'linux_patch_v5.2-rc6' };

/** The path of the backport that makes the patches of a kernel line. */
export function backportFile(kernel: string): string {
  return `backport/${kernel}.diff`;
}

/** The patches of the newest line and the backports, by their paths below linux_patch/. */
export function stored(): Files {
  const paths = [SERIES, IO_URING, MAN_PAGES, 'backport'].flatMap((folder) =>
    readdirSync(fileOf(folder)).map((name) => `${folder}/${name}`),
  );
  const texts = paths.filter((path) => /\.(patch|diff)$/.test(path)).sort();
  return new Map(texts.map((path) => [path, readFileSync(fileOf(path), 'utf8')]));
}

/** Those of the files that are patches of the newest line, or of one of its folders. */
export function patchesAmong(files: Files, folder?: string): Files {
  const isWanted = (path: string): boolean => path.endsWith('.patch') && (folder === undefined || path.startsWith(`${folder}/`));
  return new Map([...files].filter(([path]) => isWanted(path)));
}

/** Patches by their paths as mails in their order. */
export function asMails(files: Files): Patch[] {
  return [...files].map(([path, text]) => ({ name: path.replace(/.*\//, ''), text }));
}

/**
 * Everything of a series in its order; the cover letter, where there is one, is number 0 and the first. Throws where the backport of the line doesn't fit the patches of the
 * newest one, or these were changed and the rest has not followed.
 */
export function mailsOf({ name }: Pick<Line, 'name'>, files = stored()): Patch[] {
  const { folder, kernel } = placeOf(name);
  const newest = patchesAmong(files);
  const path = backportFile(kernel);
  const backport = kernel === NEWEST ? '' : files.get(path);
  if (backport === undefined) throw new Error(`EINVAL: ${name}: there is no linux_patch/${path}`);
  const all = ported(newest, backport, path);
  const mails = asMails(patchesAmong(all, folder));
  const wrong = settled(mails).find(({ text }, index) => text !== mails[index]!.text);
  if (wrong) throw new Error(`EINVAL: ${name}: ${wrong.name} counts its lines wrong: \`npm run series -- --renew\``);
  return mails;
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

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What follows in a patch from the rest of it: how many lines a hunk has and where they come to lie, the list of files, the names that git gives to the results. Taken out,
 * two lines' patches differ by what they do; put in again, they are what git format-patch writes.
 */

import { createHash } from 'node:crypto';
import { isCover, type Patch, partsOf } from './mail.js';
import { type Changed, statOf } from './stat.js';

/** The place of the list of files. */
const LIST = ' files changed';
const SUM = /^ \d+ files? changed[^|]*$/;
const IN_LIST = /^ \S[^|]* \| +\d+ [+-]+$|^ create mode \d+ \S+$/;

/** What git calls a result that nobody has made yet. */
const UNKNOWN = /^0+$/;

/** Names that git gives to files: of the result, by that of what it is made of. */
export type Names = Map<string, string>;

/** A line of a patch without what follows from the others; undefined where nothing is left. */
export function bareLine(line: string): string | undefined {
  if (IN_LIST.test(line)) return undefined;
  if (SUM.test(line)) return LIST;
  return line.replace(/^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@/, '@@ -$1 @@').replace(/^(index \w+)\.\.\w+/, '$1');
}

export function withoutSums(text: string): string {
  return text
    .split('\n')
    .map(bareLine)
    .filter((line) => line !== undefined)
    .join('\n');
}

/** The name that git gives to a file. */
export function blobName(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest('hex');
}

/** The names that patches say. */
export function namesIn(mails: Patch[]): Names {
  const found = mails.flatMap(({ text }) => [...text.matchAll(/^index (\w+)\.\.(\w+)/gm)]);
  return new Map(found.map(([, before, after]) => [before!, after!]));
}

function range(start: number, count: number): string {
  return count === 1 ? `${start}` : `${start},${count}`;
}

/** A hunk with its numbers; `moved` is how many lines those before it have added. */
function numbered(hunk: string, moved: number): { text: string; added: number; removed: number } {
  const count = (sign: string): number => hunk.split('\n').filter((line) => line.startsWith(sign)).length;
  const [added, removed, kept] = [count('+'), count('-'), count(' ')];
  const [, start] = /^@@ -(\d+) @@/.exec(hunk) ?? [];
  const [before, after] = [kept + removed, kept + added];
  // Of no lines, git says the one before them.
  const place = Number(start) + moved + (before === 0 ? 1 : 0) - (after === 0 ? 1 : 0);
  const head = `@@ -${range(Number(start), before)} +${range(place, after)} @@`;
  return { text: hunk.replace(/^@@ -\d+ @@/, head), added, removed };
}

/** A file's part of a patch with its numbers and names. */
function summed({ file, text }: { file: string; text: string }, names: Names): { text: string; changed: Changed } {
  const [head = '', ...hunks] = text.split(/^(?=@@ )/m);
  const changed: Changed = { file, added: 0, removed: 0 };
  const mode = /^new file mode (\d+)$/m.exec(head)?.[1];
  if (mode !== undefined) changed.mode = mode;
  const numberedHunks = hunks.map((hunk) => {
    const result = numbered(hunk, changed.added - changed.removed);
    changed.added += result.added;
    changed.removed += result.removed;
    return result.text;
  });
  const content = hunks.join('').match(/^\+.*\n/gm) ?? [];
  const named = head.replace(/^index (\w+)/m, (all, before: string) => {
    const made = blobName(content.map((line) => line.slice(1)).join('')).slice(0, before.length);
    return `${all}..${mode === undefined ? (names.get(before) ?? '0'.repeat(before.length)) : made}`;
  });
  return { text: [named, ...numberedHunks].join(''), changed };
}

/** Patches from which withoutSums() has taken them, with all that follows from the rest. A result whose name is not among `names` is called 0000000. */
export function withSums(mails: Patch[], names: Names): Patch[] {
  const all: Changed[] = [];
  const made = mails.map(({ name, text }) => {
    const parts = partsOf(text).map((part) => summed(part, names));
    const head = text.split(/^diff --git /m, 1)[0]!;
    const changed = parts.map((part) => part.changed);
    all.push(...changed);
    const list = changed.length > 0 ? statOf(changed) : LIST;
    return { name, text: [head.replace(LIST, list), ...parts.map((part) => part.text)].join('') };
  });
  return made.map((mail) => (isCover(mail) ? { ...mail, text: mail.text.replace(LIST, statOf(all)) } : mail));
}

/** The same patches, each sum as it should be. */
export function settled(mails: Patch[], names: Names = namesIn(mails)): Patch[] {
  return withSums(
    mails.map(({ name, text }) => ({ name, text: withoutSums(text) })),
    names,
  );
}

/** Whether the name of a result is not known. */
export function isUnknown(name: string | undefined): boolean {
  return name === undefined || UNKNOWN.test(name);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * A backport: the diff that makes an older line's patches of those of the newest line. It is a diff of patches, by `diff -u`: patch(1) applies it to a copy of the folder
 * that has them.
 */

import { applyPatch, FILE_HEADERS_ONLY, formatPatch, parsePatch, structuredPatch, type StructuredPatch } from 'diff';
import { bareLine, isUnknown, type Names } from './sums.js';

/** Texts by their paths below linux_patch/. */
export type Files = Map<string, string>;

/** What a backport expects of a patch isn't there. */
export class Misfit extends Error {}

/** The diffs of a backport, each of one patch. */
function diffsOf(backport: string): { path: string; diff: StructuredPatch }[] {
  const diffs = parsePatch(backport).filter(({ hunks }) => hunks.length > 0);
  return diffs.map((diff) => ({ path: (diff.oldFileName ?? '').replace(/^a\//, ''), diff }));
}

/** Applies it, or names its first hunk that finds no place. */
function apply(text: string, diff: StructuredPatch, path: string, backport: string): string {
  const result = applyPatch(text, diff);
  if (result !== false) return result;
  const fits = (count: number): boolean => applyPatch(text, { ...diff, hunks: diff.hunks.slice(0, count) }) !== false;
  const index = diff.hunks.findIndex((_, before) => !fits(before + 1));
  const { oldStart, lines } = diff.hunks[index]!;
  const expected = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
  throw new Misfit(
    `EINVAL: ${backport} no longer fits ${path}: hunk ${index + 1} expects about line ${oldStart}:\n${expected.map((line) => `    ${line}\n`).join('')}`,
  );
}

/** A diff without what withoutSums() takes out of the patches. */
function bareDiff(diff: StructuredPatch): StructuredPatch {
  const hunks = diff.hunks.map((hunk) => {
    const lines = hunk.lines.flatMap((line) => {
      const bare = bareLine(line.slice(1));
      return bare === undefined ? [] : [line.charAt(0) + bare];
    });
    const count = (sign: string): number => lines.filter((line) => !line.startsWith(sign)).length;
    return { ...hunk, lines, oldLines: count('+'), newLines: count('-') };
  });
  return { ...diff, hunks: hunks.filter(({ lines }) => lines.some((line) => !line.startsWith(' '))) };
}

/**
 * The patches of `newest`, as the line of that backport has them. `isBare`: withoutSums() has taken from them what follows from the rest, and what the backport says of that
 * doesn't count. `backport` is its path.
 */
export function ported(newest: Files, text: string, backport: string, isBare = false): Files {
  const made = new Map(newest);
  for (const { path, diff } of diffsOf(text)) {
    const patch = newest.get(path);
    if (patch === undefined) throw new Misfit(`EINVAL: ${backport} changes ${path}, which isn't there`);
    made.set(path, apply(patch, isBare ? bareDiff(diff) : diff, path, backport));
  }
  return made;
}

/** The names of results that a backport gives, as far as those of the newest line, which it replaces, are still these. */
export function namesOfBackport(text: string, newest: Names): Names {
  const names: Names = new Map();
  for (const line of text.matchAll(/^(?:-index (\w+)\.\.(\w+).*\n)?\+index (\w+)\.\.(\w+)/gm)) {
    const [, oldBefore, oldAfter, before, after] = line;
    if (isUnknown(after)) continue;
    if (oldBefore === undefined || newest.get(oldBefore) === oldAfter) names.set(before!, after!);
  }
  return names;
}

/** The backport that makes `line` of `newest`. */
export function backportOf(newest: Files, line: Files, about: string): string {
  const diffs = [...newest].flatMap(([path, before]) => {
    const after = line.get(path) ?? before;
    if (after === before) return [];
    const diff = structuredPatch(`a/${path}`, `b/${path}`, before, after, '', '', { context: 3 });
    return [formatPatch(diff, FILE_HEADERS_ONLY)];
  });
  return `${about}\n${diffs.join('')}`;
}

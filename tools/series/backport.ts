// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * A backport: the diff that makes an older line's patches of those of the newest line. It is a diff of patches, by `diff -u`: patch(1) applies it to a copy of the folder
 * that has them.
 */

import {
  applyPatch,
  FILE_HEADERS_ONLY,
  formatPatch,
  parsePatch,
  structuredPatch,
  type StructuredPatch,
  type StructuredPatchHunk,
} from 'diff';
import { bareLine, isUnknown, type Names } from './sums.js';

/** Texts by their paths below linux_patch/. */
export type Files = Map<string, string>;

/** What a backport expects of a patch isn't there. */
export class Misfit extends Error {}

/** The diffs of a backport, each of one patch. */
function diffsOf(text: string, backport: string): { path: string; diff: StructuredPatch }[] {
  let diffs: StructuredPatch[];
  try {
    diffs = parsePatch(text).filter(({ hunks }) => hunks.length > 0);
  } catch (error) {
    // Of a hunk that has other lines than it says.
    throw new Misfit(`EINVAL: ${backport} is no diff: ${(error as Error).message}: \`npm run series -- --renew\``);
  }
  return diffs.map((diff) => ({ path: (diff.oldFileName ?? '').replace(/^a\//, ''), diff }));
}

/** A backport with the counts of its hunks set right: somebody may have mended one by hand. */
function recounted(text: string): string {
  return text.replace(
    /^@@ -(\d+)\S* \+(\d+)\S* @@.*\n((?:(?!--- a\/)[-+ ].*\n)*)/gm,
    (_, before: string, after: string, body: string) => {
      const count = (sign: string): number => body.split('\n').filter((line) => line && !line.startsWith(sign)).length;
      return `@@ -${before},${count('+')} +${after},${count('-')} @@\n${body}`;
    },
  );
}

function misfit({ oldStart, lines }: StructuredPatchHunk, path: string, backport: string): Misfit {
  const expected = oldLines(lines).map((line) => `    ${line}\n`);
  return new Misfit(`EINVAL: ${backport} no longer fits ${path}: it expects about line ${oldStart}:\n${expected.join('')}`);
}

/** Applies it, or names its first hunk that finds no place. */
function apply(text: string, diff: StructuredPatch, path: string, backport: string): string {
  const result = applyPatch(text, diff);
  if (result !== false) return result;
  const fits = (count: number): boolean => applyPatch(text, { ...diff, hunks: diff.hunks.slice(0, count) }) !== false;
  throw misfit(
    diff.hunks.find((_, before) => !fits(before + 1))!,
    path,
    backport,
  );
}

/** What a hunk expects. */
function oldLines(lines: string[]): string[] {
  return lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
}

/** A hunk as hunks that each have so many lines around one change. */
function pieces(hunk: StructuredPatchHunk, context: number): StructuredPatchHunk[] {
  const spans: { first: number; last: number }[] = [];
  for (const [index, line] of hunk.lines.entries()) {
    if (line.startsWith(' ')) continue;
    const span = spans.at(-1);
    if (span && index - span.last - 1 < 2 * context) span.last = index;
    else spans.push({ first: index, last: index });
  }
  return spans.map(({ first, last }) => {
    const from = Math.max(first - context, 0);
    return withCounts({
      ...hunk,
      oldStart: hunk.oldStart + oldLines(hunk.lines.slice(0, from)).length,
      lines: hunk.lines.slice(from, last + context + 1),
    });
  });
}

function withCounts(hunk: StructuredPatchHunk): StructuredPatchHunk {
  const count = (sign: string): number => hunk.lines.filter((line) => !line.startsWith(sign)).length;
  return { ...hunk, oldLines: count('+'), newLines: count('-') };
}

/** Whether what a hunk expects is in the text once: with few lines around a change, it might come to another place. */
function isClear(text: string, { lines }: StructuredPatchHunk): boolean {
  return `\n${text}`.split(`\n${oldLines(lines).join('\n')}\n`).length === 2;
}

/** Applies it by as many lines around each change as the text still has there, where these leave no doubt; or names the first change that has no place. */
function applyNear(text: string, diff: StructuredPatch, path: string, backport: string): string {
  const whole = applyPatch(text, diff);
  if (whole !== false) return whole;
  const of = (context: number): StructuredPatchHunk[] => diff.hunks.flatMap((hunk) => pieces(hunk, context));
  for (const hunks of [of(2), of(1)]) {
    const result = hunks.every((hunk) => isClear(text, hunk)) && applyPatch(text, { ...diff, hunks });
    if (result !== false) return result;
  }
  throw misfit(of(1).find((hunk) => !isClear(text, hunk)) ?? diff.hunks[0]!, path, backport);
}

/** A diff without what withoutSums() takes out of the patches. */
function bareDiff(diff: StructuredPatch): StructuredPatch {
  const hunks = diff.hunks.map((hunk) => {
    const lines = hunk.lines.flatMap((line) => {
      const bare = bareLine(line.slice(1));
      return bare === undefined ? [] : [line.charAt(0) + bare];
    });
    return withCounts({ ...hunk, lines });
  });
  return { ...diff, hunks: hunks.filter(({ lines }) => lines.some((line) => !line.startsWith(' '))) };
}

/**
 * The patches of `newest`, as the line of that backport has them. `isBare`: withoutSums() has taken from them what follows from the rest, and what the backport says of that
 * doesn't count. `backport` is its path.
 */
export function ported(newest: Files, text: string, backport: string, isBare = false): Files {
  const made = new Map(newest);
  for (const { path, diff } of diffsOf(isBare ? recounted(text) : text, backport)) {
    const patch = newest.get(path);
    if (patch === undefined) throw new Misfit(`EINVAL: ${backport} changes ${path}, which isn't there`);
    made.set(path, isBare ? applyNear(patch, bareDiff(diff), path, backport) : apply(patch, diff, path, backport));
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

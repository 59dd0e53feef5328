// SPDX-License-Identifier: LGPL-2.1-or-later

// The comments of a source, in paragraphs. In TypeScript and JavaScript its own parser finds them, in C a plain scan.

import ts from 'typescript';

/** A paragraph of a comment, and the line on which it begins. */
export interface Paragraph {
  readonly line: number;
  readonly text: string;
}

/** A comment as it stands in the source, its marks included. */
interface Raw {
  readonly start: number;
  readonly text: string;
}

/** Comments of TypeScript stand before a token, or behind it on its line. */
function commentsOfTypeScript(name: string, source: string): Raw[] {
  const found = new Map<number, Raw>();
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) found.set(pos, { start: pos, text: source.slice(pos, end) });
  };
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file).filter(({ kind }) => kind !== ts.SyntaxKind.JSDoc);
    if (children.length) {
      children.forEach(visit);
      return;
    }
    add(ts.getLeadingCommentRanges(source, node.getFullStart()));
    add(ts.getTrailingCommentRanges(source, node.getEnd()));
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.start - b.start);
}

/** All comments of a C source. A string or a character is passed over first, since one may look like a comment. */
function commentsOfC(source: string): Raw[] {
  const pattern = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[\s\S]*?\*\/|\/\/.*/g;
  return [...source.matchAll(pattern)]
    .filter(({ 0: text }) => text.startsWith('/'))
    .map(({ 0: text, index }) => ({ start: index, text }));
}

/** The lines of a comment without what marks it as one. */
function linesOf(text: string): string[] {
  if (text.startsWith('//')) return [text.slice(2)];
  return text
    .slice(2, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*(?!\*)/, ''));
}

/** Where a thought can't go on from the line before: a list's item, a tag. */
const BEGINS = /^\s*(?:[-*@]|\d+\.)/;
/** A line of a drawing or of a table: indented by more than an item's second line, or with two columns. */
const ROW = /^\s{4}|^\s{3}\S+ {2}/;
const FENCE = /^\s*```/;
const LICENCE = /^\s*SPDX-/;

/** Lines in paragraphs. A row has one for each of its columns, code between fences none. */
function paragraphsOf(lines: readonly (readonly [number, string])[]): Paragraph[] {
  const found: { line: number; text: string }[] = [];
  let open = false;
  let isCode = false;
  for (const [line, text] of lines) {
    if (FENCE.test(text)) isCode = !isCode;
    if (isCode || FENCE.test(text) || LICENCE.test(text)) {
      open = false;
      continue;
    }
    if (ROW.test(text)) {
      for (const cell of text.trim().split(/ {2,}/)) found.push({ line, text: cell });
      open = false;
      continue;
    }
    const last = found.at(-1);
    if (open && last && !BEGINS.test(text) && text.trim()) last.text += ` ${text.trim()}`;
    else if (text.trim()) found.push({ line, text: text.trim() });
    open = text.trim() !== '';
  }
  return found.map(({ line, text }) => ({ line, text: text.replace(/`[^`]*`/g, 'Code') }));
}

/** The paragraphs of all comments of a source. Comments of one line that follow each other are one, unless code stands before them. */
export function commentsOf(name: string, source: string): Paragraph[] {
  const lines = source.split('\n');
  const comments = /\.[ch]$/.test(name) ? commentsOfC(source) : commentsOfTypeScript(name, source);
  const blocks: [number, string][][] = [];
  let line = 1;
  let at = 0;
  let after: number | undefined;
  for (const { start, text } of comments) {
    line += source.slice(at, start).split('\n').length - 1;
    at = start;
    const isAlone = text.startsWith('//') && lines[line - 1]?.trim() === text.trim();
    const numbered = linesOf(text).map((one, index): [number, string] => [line + index, one]);
    const last = blocks.at(-1);
    if (isAlone && last && after === line) last.push(...numbered);
    else blocks.push(numbered);
    after = isAlone ? line + 1 : undefined;
  }
  return blocks.flatMap(paragraphsOf);
}

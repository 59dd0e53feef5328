// SPDX-License-Identifier: LGPL-2.1-or-later

// What docs/style.md asks of English, as far as a program can tell: how long a sentence is, and words that epoll(7) wouldn't use.

import MarkdownIt from 'markdown-it';

export const WORDS_MAX = 25;

/** Words of our own that a stranger has to read twice, and what says the same. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, 'whoever: say who'],
  [/\baside\b/i, 'aside: beside, or apart'],
  [/\bby doing\b/i, 'by doing: say what is done'],
];

/** What ends a sentence; a colon and a semicolon end a thought, as a full stop does, and a dot between links ends a link. */
const END = /(?<=[.!?:;·]['")]*)\s+/;
const words = new Intl.Segmenter('en', { granularity: 'word' });

function wordsOf(text: string): number {
  return [...words.segment(text)].filter(({ isWordLike }) => isWordLike).length;
}

/** What is wrong with a paragraph, a line for each thing. */
export function faultsOf(paragraph: string): string[] {
  const long = paragraph.split(END).filter((thought) => wordsOf(thought) > WORDS_MAX);
  const refused = REFUSED.filter(([pattern]) => pattern.test(paragraph)).map(([, why]) => `${why}: ${paragraph}`);
  return [...long.map((thought) => `${wordsOf(thought)} words: ${thought}`), ...refused];
}

/** The paragraphs, items and cells of a page. A piece of code in one is a word of it; blocks of code are left out. */
export function paragraphsOf(markdown: string): string[] {
  return new MarkdownIt()
    .parse(markdown, {})
    .filter(({ type }) => type === 'inline')
    .map(({ children }) =>
      (children ?? [])
        .map(({ type, content }) => (type === 'code_inline' ? 'Code' : type.endsWith('break') ? ' ' : content))
        .join(''),
    );
}

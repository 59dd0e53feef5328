// SPDX-License-Identifier: LGPL-2.1-or-later

// The words of a scenario, for the editor: what colours them, completes them, and says what each does.

import { completeFromList, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { constants } from './constants.js';

/** A word that begins a line or stands behind `=`, as docs/scenarios.md has it. */
export interface Word {
  readonly name: string;
  readonly signature: string;
  readonly help: string;
}

/** Put in by tools/playground.ts, out of docs/scenarios.md. */
declare const WORDS: readonly Word[];

const names = new Set(WORDS.map(({ name }) => name));

/** A name that the scenario itself gives. */
function namesIn(text: string): string[] {
  const found = new Set<string>(['result', 'events', 'fd', 'value']);
  for (const [, first, second] of text.matchAll(/^\s*(\w+)(?: +(\w+))? *= /gm)) {
    found.add(first!);
    if (second !== undefined) found.add(second);
  }
  for (const [, task] of text.matchAll(/^\s*(?:task|fork) +(\w+)/gm)) found.add(task!);
  return [...found];
}

const language = StreamLanguage.define<null>({
  name: 'scenario',
  languageData: { commentTokens: { line: '#' } },
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.peek() === '#') {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/^-?(0x[\da-f]+|\d+)(us|ms|s)?(?!\w)/i)) return 'number';
    const [word] = (stream.match(/^\w+/) as RegExpMatchArray | null) ?? [];
    if (word === undefined) {
      stream.next();
      return null;
    }
    if (word === 'print') {
      stream.match(/^[^#]*/);
      return 'string';
    }
    if (names.has(word)) return 'keyword';
    return constants.has(word.replace(/^E?POLL/, '')) ? 'atom' : null;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, class: 'tok-comment' },
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: tags.number, class: 'tok-number' },
  { tag: tags.string, class: 'tok-string' },
  { tag: tags.atom, class: 'tok-atom' },
]);

const calls: readonly Completion[] = WORDS.map(({ name, signature, help }) => ({
  label: name,
  type: 'keyword',
  detail: signature.slice(name.length).trim(),
  info: help,
}));
const values: readonly Completion[] = [...constants].map((label) => ({ label, type: 'constant' }));

/** What may stand at a place: a word at the beginning of a line, a name or an event behind it. */
function complete(context: CompletionContext): CompletionResult | null {
  const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
  if (before.includes('#') || /^\s*print /.test(before)) return null;
  const isFirst = /^\s*(\w+(?: \w+)? = )?(try )?\w*$/.test(before);
  const own = namesIn(context.state.doc.toString()).map((label) => ({ label, type: 'variable' }));
  const list = completeFromList(isFirst ? [...calls, ...own] : [...own, ...values]);
  return list(context) as CompletionResult | null;
}

/** What a word does, all of its forms. */
function helpOf(word: string): readonly Word[] {
  return WORDS.filter(({ name }) => name === word);
}

const help = hoverTooltip((view, pos) => {
  const word = view.state.wordAt(pos);
  const found = word ? helpOf(view.state.sliceDoc(word.from, word.to)) : [];
  if (!word || found.length === 0) return null;
  const create = (): { dom: HTMLElement } => {
    const dom = document.createElement('div');
    dom.className = 'help';
    for (const { signature, help: text } of found) {
      const line = document.createElement('p');
      line.append(Object.assign(document.createElement('code'), { textContent: signature }), ` ${text}`);
      dom.append(line);
    }
    return { dom };
  };
  return { pos: word.from, end: word.to, above: true, create };
});

/** All that the editor knows of the language. */
export const scenario: Extension = [language, syntaxHighlighting(colours), language.data.of({ autocomplete: complete }), help];

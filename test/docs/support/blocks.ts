// SPDX-License-Identifier: LGPL-2.1-or-later

// The blocks of code on the pages, and which of them are programs that say what they print.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/run.js';

export interface Block {
  /** As it is named behind the fence: js, sh, text. */
  readonly kind: string;
  readonly code: string;
}

/** A program, and the output that stands below it. */
export interface Program {
  readonly code: string;
  readonly output: string;
}

/** The blocks of a page, by its path from the root of the checkout. */
export function blocksOf(page: string): Block[] {
  const found = readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, kind, code]) => ({ kind: kind!, code: code! }));
}

/** The programs of a page in a language. */
export function programsOf(page: string, language = 'js'): Program[] {
  const blocks = blocksOf(page);
  return blocks.flatMap(({ kind, code }, index) => {
    const next = blocks[index + 1];
    return kind === language && next?.kind === 'text' ? [{ code, output: next.code }] : [];
  });
}

/** The commands of a page that have their output below them. */
export function commandsOf(page: string): Program[] {
  return programsOf(page, 'sh');
}

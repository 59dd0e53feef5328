// SPDX-License-Identifier: LGPL-2.1-or-later

// Text that is made and stands in a file that is written by hand: between what comes before it and what comes behind.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** A place in a file. */
export interface Place {
  readonly path: string;
  readonly begin: string;
  readonly end: string;
  readonly text: string;
}

/** The same words, however a line is wrapped. */
function isSame(a: string, b: string): boolean {
  const words = (text: string): string => text.replace(/[\s*]+/g, ' ').replace(/-+/g, '-');
  return words(a) === words(b);
}

function put(page: string, { path, begin, end, text }: Place): string {
  const [before = '', rest, ...more] = page.split(begin);
  const stop = rest?.indexOf(end) ?? -1;
  if (rest === undefined || stop < 0 || more.length > 0) throw new Error(`${path} has no one place between ${begin} and ${end}`);
  return isSame(rest.slice(0, stop), text) ? page : before + begin + text + rest.slice(stop);
}

/** The files of these places as they are to be, by their paths; a table of Markdown as prettier would write it. */
export async function fill(root: string, places: readonly Place[]): Promise<Record<string, string>> {
  const pages: Record<string, string> = {};
  for (const place of places) {
    const page = pages[place.path] ?? (await readFile(join(root, place.path), 'utf8'));
    pages[place.path] = put(page, place);
  }
  for (const [path, page] of Object.entries(pages)) {
    if (!path.endsWith('.md')) continue;
    pages[path] = await format(page, { ...(await resolveConfig(join(root, path))), parser: 'markdown' });
  }
  return pages;
}

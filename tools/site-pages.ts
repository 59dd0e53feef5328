// SPDX-License-Identifier: LGPL-2.1-or-later

// The guides of the site: the repository's own pages, made ready for typedoc, which puts the API beside them.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { addressOf } from './address.js';
import { isRelative, rewriteTargets } from './links.js';

/** A page of the site that is a page of the repository. */
export interface Guide {
  /** Its path in the repository. */
  readonly source: string;
  /** Its file on the site, without its ending. */
  readonly name: string;
  readonly title: string;
  /** Its first sentence, as plain text. */
  readonly says: string;
  readonly text: string;
}

/** Pages for those who work on vpoll stay in the repository. */
const NOT_GUIDES = new Set(['docs/style.md']);
/** Guides that stand beside what they are about. */
const ELSEWHERE = ['linux_patch/README.md', 'linux_module/README.md'];

function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?/g, '$1')
    .replace(/[`*]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function firstSentence(text: string): string {
  const prose = text.replace(/^```[^]*?^```$/gm, '');
  const [, paragraph = ''] = /^# .*\n+(?:> )?([^#|\n][^]*?)(?:\n\n|$)/m.exec(prose) ?? [];
  return /^.*?[.:](?= |$)/.exec(plain(paragraph))?.[0].replace(/:$/, '.') ?? '';
}

/** All guides, by title. */
export async function guidesOf(root: string): Promise<Guide[]> {
  const inDocs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const sources = [...inDocs, ...ELSEWHERE].filter((source) => !NOT_GUIDES.has(source));
  const guides = await Promise.all(
    sources.map(async (source) => {
      const text = await readFile(join(root, source), 'utf8');
      const [, title = source] = /^# (.+)$/m.exec(text) ?? [];
      const name = source.endsWith('/README.md') ? posix.dirname(source) : posix.basename(source, '.md');
      return { source, name, title: plain(title), says: firstSentence(text), text };
    }),
  );
  return guides.sort((a, b) => a.title.localeCompare(b.title));
}

/** A link of the repository's page `from`, as the site has it: another guide by `toGuide`, what is no guide in the repository. */
export function rewriteLinks(
  markdown: string,
  from: string,
  guides: readonly Guide[],
  root: string,
  toGuide: (guide: Guide) => string,
): string {
  return rewriteTargets(markdown, (target) => {
    if (!isRelative(target)) return target;
    const [path = '', anchor] = target.split('#');
    const full = posix.join(posix.dirname(from), path).replace(/\/$/, '');
    const guide = guides.find(({ source }) => source === full || source === `${full}/README.md`);
    const hash = anchor === undefined ? '' : `#${anchor}`;
    if (guide) return toGuide(guide) + hash;
    if (!existsSync(join(root, full))) throw new Error(`${from}: ${target} leads nowhere`);
    return addressOf(full) + hash;
  });
}

/** Writes them to `folder` as typedoc takes documents. */
export async function stage(root: string, folder: string, guides: readonly Guide[]): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const guide of guides) {
    const body = rewriteLinks(guide.text, guide.source, guides, root, ({ name }) => `./${name}.md`);
    const file = join(folder, `${guide.name}.md`);
    await writeFile(file, `---\ntitle: ${JSON.stringify(guide.title)}\n---\n\n${body}`);
    files.push(file);
  }
  return files;
}

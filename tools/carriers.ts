// SPDX-License-Identifier: LGPL-2.1-or-later

// `npm run carriers`: writes what each carrier shows, asked of the core's own functions, into docs/carriers.md and vpoll(7), between the marks there.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BACKENDS, PASSING } from '../src/backends.js';
import { getCore } from '../src/core.js';
import { formatEvents, parseEvents } from '../src/events.js';
import { root } from './build.js';

const CARRIERS = [
  { name: 'eventfd, device, fuse', backend: 'eventfd', options: 0 },
  { name: 'tcp', backend: 'tcp', options: 0 },
  { name: 'tcp, passing', backend: 'tcp', options: PASSING },
  { name: 'socketpair', backend: 'socketpair', options: 0 },
] as const;

/** What is asked for, and what was shown before. */
const REQUESTS = [
  ...['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'RDHUP', 'RDNORM', 'RDBAND', 'WRNORM', 'WRBAND', 'MSG'].map((events) => [events, '0']),
  ...['IN|RDHUP', 'IN|HUP', 'OUT|HUP', 'PRI|HUP', 'ERR|HUP'].map((events) => [events, '0']),
  ...['PRI', 'ERR'].map((events) => [events, 'HUP']),
] as [string, string][];

/** One cell: the mask that an ADD shows under closest; what strict does, and whether a SET of 0 takes it away, where that isn't plain. */
function cell(events: string, before: string, { backend, options }: (typeof CARRIERS)[number]): string {
  const core = getCore();
  const number = BACKENDS.indexOf(backend);
  const nearest = (shown: number, wanted: number): number => core.nearest(number, shown, core.aliased(number, wanted), options);
  const from = nearest(0, parseEvents(before));
  const wanted = from | core.aliased(number, parseEvents(events));
  const shown = nearest(from, wanted);
  const remarks = [...(shown === wanted ? [] : ['strict refuses']), ...(nearest(shown, 0) === 0 ? [] : ['for good'])];
  return formatEvents(shown) + (remarks.length > 0 ? ` (${remarks.join(', ')})` : '');
}

function rows(): string[][] {
  const head = ['ADD', ...CARRIERS.map(({ name }) => name)];
  const name = (events: string, before: string): string => events + (before === '0' ? '' : ` after ${before}`);
  return [head, ...REQUESTS.map((each) => [name(...each), ...CARRIERS.map((carrier) => cell(...each, carrier))])];
}

/** As prettier would write it. */
function markdown(): string {
  const table = rows().map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |\n`;
  const [head, ...rest] = table;
  return `\n${line(head!)}${line(widths.map((width) => '-'.repeat(width)))}${rest.map(line).join('')}\n`;
}

/** A paragraph for each carrier. */
function manual(): string {
  const [head, ...rest] = rows();
  return head!
    .slice(1)
    .map((name, i) => `.SS ${name}\n.nf\n${rest.map((row) => `${row[0]!.padEnd(16)}${row[i + 1]!}\n`).join('')}.fi\n`)
    .join('');
}

/** The pages that hold a table, and what begins and ends it. */
const PAGES = [
  { path: 'docs/carriers.md', begin: '<!-- tools/carriers.ts -->\n', end: '<!-- end -->\n', make: markdown },
  { path: 'host/c/man/vpoll.7', begin: '.\\" tools/carriers.ts\n', end: '.\\" end\n', make: manual },
];

/** The pages as they are to be, by their paths. */
export async function generate(): Promise<Record<string, string>> {
  const pages = PAGES.map(async ({ path, begin, end, make }) => {
    const [before = '', rest = ''] = (await readFile(join(root, path), 'utf8')).split(begin);
    const after = rest.split(end)[1];
    if (after === undefined) throw new Error(`${path} has no place for the table`);
    return [path, before + begin + make() + end + after] as const;
  });
  return Object.fromEntries(await Promise.all(pages));
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await generate())) await writeFile(join(root, path), text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

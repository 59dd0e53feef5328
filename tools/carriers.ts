// SPDX-License-Identifier: LGPL-2.1-or-later

// `npm run carriers`: writes what each carrier shows, and what a poll of io_uring completes with, into docs/carriers.md and vpoll(7), between the marks there. The core's own
// functions say what is shown.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { BACKENDS, PASSING } from '../src/backends.js';
import { getCore } from '../src/core.js';
import { formatEvents, parseEvents } from '../src/events.js';
import { root } from './build.js';
import { fill } from './pages.js';
import { BITS, ringRows } from './ring.js';

/** What a column is about: a backend, with or without bits that may pass. */
interface Carrier {
  readonly backend: number;
  readonly options: number;
}

/** What is asked for, and what was shown before. */
const REQUESTS = [
  ...BITS.map((events) => [events, '0']),
  ...['IN|RDHUP', 'IN|HUP', 'OUT|HUP', 'PRI|HUP', 'ERR|HUP'].map((events) => [events, '0']),
  ...['PRI', 'ERR'].map((events) => [events, 'HUP']),
] as [string, string][];

/** One cell: the mask that an ADD shows under closest; what strict does, and whether a SET of 0 takes it away, where that isn't plain. */
function cell(events: string, before: string, { backend, options }: Carrier): string {
  const core = getCore();
  const nearest = (shown: number, wanted: number): number => core.nearest(backend, shown, core.aliased(backend, wanted), options);
  const from = nearest(0, parseEvents(before));
  const wanted = from | core.aliased(backend, parseEvents(events));
  const shown = nearest(from, wanted);
  const remarks = [...(shown === wanted ? [] : ['strict refuses']), ...(nearest(shown, 0) === 0 ? [] : ['for good'])];
  return formatEvents(shown) + (remarks.length > 0 ? ` (${remarks.join(', ')})` : '');
}

function column(carrier: Carrier): string[] {
  return REQUESTS.map((each) => cell(...each, carrier));
}

/** A column for each backend, one for those that show the same, and another where it matters that bits may pass; its name first. */
function columns(): string[][] {
  const all: { names: string; cells: string[] }[] = [];
  for (const [backend, name] of BACKENDS.entries()) {
    if (name === 'auto') continue;
    const cells = column({ backend, options: 0 });
    const same = all.find((other) => isDeepStrictEqual(other.cells, cells));
    if (same) same.names += `, ${name}`;
    else all.push({ names: name, cells });
    const passing = column({ backend, options: PASSING });
    if (!isDeepStrictEqual(passing, cells)) all.push({ names: `${name}, passing`, cells: passing });
  }
  return all.map(({ names, cells }) => [names, ...cells]);
}

function rows(): string[][] {
  const heads = ['ADD', ...REQUESTS.map(([events, before]) => events + (before === '0' ? '' : ` after ${before}`))];
  const all = columns();
  return heads.map((head, i) => [head, ...all.map((cells) => cells[i]!)]);
}

/** A table, which is aligned where it is put. */
function markdown(all: string[][]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |\n`;
  const [head, ...rest] = all.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  return `\n${line(head!)}${line(head!.map(() => '-'))}${rest.map(line).join('')}\n`;
}

/** A paragraph for each carrier. */
function manual(all: string[][], section = '.SS'): string {
  const [head, ...rest] = all;
  return head!
    .slice(1)
    .map((name, i) => `${section} ${name}\n.nf\n${rest.map((row) => `${row[0]!.padEnd(16)}${row[i + 1]!}\n`).join('')}.fi\n`)
    .join('');
}

/** The pages as they are to be, by their paths. */
export function generate(): Promise<Record<string, string>> {
  const [page, manualPage] = ['docs/carriers.md', 'host/c/man/vpoll.7'];
  return fill(root, [
    { path: page, begin: '<!-- tools/carriers.ts -->\n', end: '<!-- end -->\n', text: markdown(rows()) },
    { path: page, begin: '<!-- tools/ring.ts -->\n', end: '<!-- end of it -->\n', text: markdown(ringRows()) },
    { path: manualPage, begin: '.\\" tools/carriers.ts\n', end: '.\\" end\n', text: manual(rows(), '.SS') },
    {
      path: manualPage,
      begin: '.\\" tools/ring.ts\n',
      end: '.\\" end of it\n',
      text: manual(ringRows(), '.TP 0\n.B'),
    },
  ]);
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await generate())) await writeFile(join(root, path), text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

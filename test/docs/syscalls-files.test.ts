// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// The tables of docs/syscalls.md for backends that few machines have: each row is run over the scripted kernel and must name
// exactly the calls that were made.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseEvents } from '../../src/index.js';
import { CLOSEST, createWorld, DEVICE, EVENTFD, EXCLUSIVE, FUSE, STRICT, type World } from '../fake-host.js';
import type { Features } from '../fake/kernel.js';
import { root } from '../support/run.js';

/** The cells of each row of the table under a heading. */
function rowsOf(heading: string): string[][] {
  const text = readFileSync(join(root, 'docs/syscalls.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/syscalls.md has no section ${heading}`);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return cells.map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|'));
  });
}

/** The calls so far as the document writes them: those on the vpoll itself as `name(A)`. */
function calls({ host }: World, fd: number): string {
  const words = host.log.map(({ name, args }) => {
    const isOnA = args[0] === fd && !['eventfd', 'open', 'socketpair', 'poll'].includes(name);
    return isOnA || name === 'poll' ? `${name}(A)` : name;
  });
  return words.join(' ') || 'none';
}

/** What a verb does; by number, as C does, or by generation, as a VPoll object does. */
function request({ core }: World, fd: number, verb: string, mask: number, byNumber: boolean): number {
  const generation = byNumber ? 0 : core.generation(fd);
  if (verb === 'events') return core.events(fd, generation);
  if (verb === 'supports') return core.supports(fd, generation, mask);
  if (verb === 'close') return core.close(fd, generation);
  return core.ctl(fd, generation, ['', 'add', 'delete', 'set'].indexOf(verb), mask);
}

function callsOf(features: Partial<Features>, backend: number, [from, words, how]: string[]): string {
  const world = createWorld(features);
  const { core, host } = world;
  const options = (how!.includes('exclusive') ? EXCLUSIVE : STRICT) | (how!.includes('closest') ? CLOSEST : 0);
  const [verb, ...rest] = words!.split(' ');
  const mask = parseEvents(rest.join(' ') || '0');
  const create = (events: number): number => core.create(backend, events, 0, options, 0);
  // The first vpoll of a process takes a look at the kernel, which the others are spared.
  if (!how!.includes('first')) core.close(create(0), 0);
  if (verb === 'create') {
    host.log = [];
    return calls(world, create(mask));
  }
  const fd = create(parseEvents(from!));
  host.log = [];
  assert.ok(request(world, fd, verb!, mask, how!.includes('by number')) >= 0, words);
  return calls(world, fd);
}

const TABLES: [heading: string, backend: number, features: Partial<Features>][] = [
  ['eventfd', EVENTFD, { eventfd: 'ours' }],
  ["eventfd on the reference's kernel", EVENTFD, { eventfd: 'reference' }],
  ['device', DEVICE, { device: 'present' }],
  ['fuse', FUSE, { fuse: 'served' }],
];

for (const [heading, backend, features] of TABLES) {
  test(`each row of the table of ${heading} names exactly the calls that are made`, () => {
    const rows = rowsOf(heading);
    assert.ok(rows.length >= 10, `only ${rows.length} rows`);
    const wrong = rows.flatMap((row) => {
      // Before it asks the core for a vpoll of fuse, the library looks whether the helper's mount is still there.
      const looks = heading === 'fuse' && row[1]!.startsWith('create') ? 'fstat ' : '';
      const seen = `${looks}${callsOf(features, backend, row)}`;
      return seen === row[3] ? [] : [`${row.slice(0, 3).join(' | ')} | documented: ${row[3]!} | seen: ${seen}`];
    });
    assert.is(wrong.join('\n'), '');
  });
}

test.run();

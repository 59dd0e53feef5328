// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// Between rooms there is no cycle, types included. .dependency-cruiser.js can't say that: to it a folder is also all that is below it. So what a file
// beside folders needs of them, and they of it, is inside of one folder.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runTool } from '../support/run.js';

/** What the cruiser prints, as far as it is read here. Names are paths from the top of the repository. */
interface Cruised {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly { readonly resolved: string }[] }[];
}

/** For each room those that it imports from, with an import that shows it. */
type Rooms = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Whose rooms are looked at. */
const HOUSES = ['src', 'host'].filter(existsSync);

/** A folder is a room; where there are folders in it, each file beside them is one as well. */
function roomsOf({ modules }: Cruised): Rooms {
  const own = modules.filter(({ source }) => HOUSES.includes(source.split('/')[0]!));
  const folders = new Set(own.map(({ source }) => dirname(source)));
  const hasFolders = (folder: string): boolean => [...folders].some((other) => other.startsWith(`${folder}/`));
  const roomOf = (file: string): string => (hasFolders(dirname(file)) ? file : dirname(file));
  const known = new Set(own.map(({ source }) => source));
  const rooms = new Map<string, Map<string, string>>();
  for (const { source, dependencies } of own) {
    const from = roomOf(source);
    const below = rooms.get(from) ?? new Map<string, string>();
    rooms.set(from, below);
    for (const { resolved } of dependencies)
      if (known.has(resolved) && roomOf(resolved) !== from) below.set(roomOf(resolved), `${source} -> ${resolved}`);
  }
  return rooms;
}

/** The imports of a cycle, or none. */
function findCycle(rooms: Rooms): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (room: string): string[] => {
    if (done.has(room)) return [];
    const begun = path.indexOf(room);
    if (begun >= 0) {
      const around = [...path.slice(begun), room];
      return around.slice(1).map((next, index) => rooms.get(around[index]!)!.get(next)!);
    }
    path.push(room);
    for (const next of rooms.get(room)?.keys() ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(room);
    return [];
  };
  for (const room of rooms.keys()) {
    const cycle = visit(room);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function madeOf(imports: Record<string, readonly string[]>): Rooms {
  return roomsOf({
    modules: Object.entries(imports).map(([source, to]) => ({
      source,
      dependencies: to.map((resolved) => ({ resolved })),
    })),
  });
}

test('a cycle of rooms is found, through files beside folders as well; one in a room is none', () => {
  const down = { 'src/a.ts': ['src/b/one.ts'], 'src/b/one.ts': ['src/b/two.ts', 'src/c.ts'], 'src/b/two.ts': [], 'src/c.ts': [] };
  assert.equal(findCycle(madeOf(down)), []);
  assert.equal(findCycle(madeOf({ ...down, 'src/b/two.ts': ['src/b/one.ts'] })), []);
  assert.equal(findCycle(madeOf({ ...down, 'src/b/two.ts': ['src/a.ts'] })), [
    'src/a.ts -> src/b/one.ts',
    'src/b/two.ts -> src/a.ts',
  ]);
  const deep = { 'src/b/d/one.ts': ['src/b/two.ts'], 'src/b/one.ts': ['src/b/d/one.ts'], 'src/b/two.ts': [] };
  assert.equal(findCycle(madeOf(deep)), []);
  assert.equal(findCycle(madeOf({ ...deep, 'src/b/two.ts': ['src/b/one.ts'] })).length, 3);
});

test('rooms: no cycle between those of src/ and of host/', () => {
  const cruised = JSON.parse(
    runTool('depcruise', '--config', '.dependency-cruiser.js', '--output-type', 'json', ...HOUSES),
  ) as Cruised;
  const rooms = roomsOf(cruised);
  for (const room of ['src/vpoll.ts', 'src/fuse', 'src/wait', 'src/poller', 'host/linux']) assert.ok(rooms.has(room), room);
  assert.equal(findCycle(rooms), []);
});

test.run();

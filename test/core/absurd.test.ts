// SPDX-License-Identifier: LGPL-2.1-or-later

// No function of the core traps, whatever it is given: a trap in WebAssembly is an error that nobody expects, and in C the program's end.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SOCKETPAIR, TCP, createWorld, type World } from '../fake-host.js';

/** Numbers of 32 bits that stand for nothing, or for something near the edge of it. */
const ABSURD = [0, 1, -1, 3, 6, 8, 0x7fff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff];
/** Where a function has further ones than 32 bits: assembly/index.ts. */
const WIDE: Readonly<Record<string, readonly number[]>> = { attach: [2, 3] };
const WIDE_VALUES = [0n, 1n, -1n, 1n << 63n];

/** Every function of assembly/index.ts, by name. */
function functionsOf(world: World): [name: string, call: (...args: unknown[]) => unknown][] {
  const all = Object.entries(world.core).filter(([, value]) => typeof value === 'function');
  // What src/core.ts adds reads the table by find(); a function of WebAssembly shows its index for a name.
  return all.filter(([, value]) => /^\d+$/.test((value as { name: string }).name)) as ReturnType<typeof functionsOf>;
}

/** Makes a call with each combination of absurd arguments: those that it throws at. */
function trapsOf(name: string, call: (...args: unknown[]) => unknown, after: () => void): string[] {
  const traps: string[] = [];
  const go = (args: unknown[]): void => {
    if (args.length < call.length) {
      const values = WIDE[name]?.includes(args.length) ? WIDE_VALUES : ABSURD;
      for (const value of values) go([...args, value]);
      return;
    }
    try {
      call(...args);
    } catch (error) {
      traps.push(`${name}(${args.join(', ')}): ${String(error)}`);
    }
    after();
  };
  go([]);
  return traps;
}

test('no function traps, over an empty table and over one with vpolls in it', () => {
  for (const backends of [[], [TCP, SOCKETPAIR]]) {
    const names: string[] = [];
    for (const [index] of functionsOf(createWorld()).entries()) {
      const world = createWorld();
      for (const backend of backends) assert.ok(world.core.create(backend, 0, 0, 0, 0) >= 0);
      const before = new Set(world.open());
      const [name, call] = functionsOf(world)[index]!;
      names.push(name);
      const traps = trapsOf(name, call, () => {
        // What a call that isn't absurd has made.
        for (const fd of world.open()) if (!before.has(fd) && world.core.generation(fd) !== 0) world.core.close(fd, 0);
      });
      assert.equal(traps.slice(0, 5), [], `${traps.length} of ${name}`);
    }
    assert.ok(names.includes('reason') && names.includes('attach') && names.includes('lend'), names.join());
    assert.is(names.length, 16);
  }
});

test('a backend that there is none of has no reason', () => {
  const { core } = createWorld();
  for (const backend of ABSURD.filter((number) => number < 0 || number >= 6)) assert.is(core.reason(backend), 0, `${backend}`);
});

test('a mount that was never one is lent in vain', () => {
  for (const fd of [...ABSURD, 999]) {
    const world = createWorld();
    world.core.lend(fd, fd);
    const before = world.open();
    assert.ok(world.core.create(3, 0, 0, 0, 0) < 0 || fd === 100_000, `${fd}`);
    assert.equal(world.open(), before);
  }
});

test.run();

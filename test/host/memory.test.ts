// SPDX-License-Identifier: LGPL-2.1-or-later

// What a call reads and writes is the core's memory, also after it grew and moved, and a stat is where the boundary says.

import { fstatSync, openSync, closeSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AT, FakeSide, RealSide, type Side } from './support/side.js';

const sides: Side[] = [new RealSide(), new FakeSide()];

/** Sends eight bytes through a pair and receives them elsewhere in the memory. */
function roundTrip(side: Side, word: bigint): bigint {
  const [a, b] = side.pair();
  side.view.setBigUint64(AT.data, word, true);
  side.view.setBigUint64(AT.value, 0n, true);
  assert.is(side.sys.send(a, AT.data, 8, 0x4040), 8);
  assert.is(side.sys.recv(b, AT.value, 8, 0x4040), 8);
  side.end();
  return side.view.getBigUint64(AT.value, true);
}

test('bytes go where they belong, before and after each growth', () => {
  const real = sides[0]!;
  for (let i = 1n; i <= 50n; i++) {
    assert.is(roundTrip(real, i << 33n), i << 33n);
    real.memory.grow(1 + Number(i % 7n));
  }
});

test('fstat leaves st_dev, st_ino and st_mode where the boundary says, also when the memory has just grown', () => {
  const side = sides[0]!;
  const fd = openSync('/dev/null', 'r');
  for (let i = 0; i < 5; i++) {
    assert.is(side.sys.fstat(fd, AT.stat), 0);
    const { dev, ino, mode } = fstatSync(fd, { bigint: true });
    assert.is(side.view.getBigUint64(AT.stat, true), dev);
    assert.is(side.view.getBigUint64(AT.stat + 8, true), ino);
    assert.is(side.view.getUint32(AT.stat + 16, true), Number(mode));
    side.memory.grow(3);
  }
  closeSync(fd);
});

test('a stat tells kinds apart, on every host alike', () => {
  const found = sides.map((side) => {
    const types = (['unix', 'pipe', 'tcp', 'null', 'directory'] as const).map((kind) => {
      assert.is(side.sys.fstat(side.open(kind), AT.stat), 0);
      return side.view.getUint32(AT.stat + 16, true) & 0xf000;
    });
    side.end();
    return types;
  });
  assert.equal(found[0], [0xc000, 0x1000, 0xc000, 0x2000, 0x4000]);
  assert.equal(found[1], found[0]);
});

test('results that are no status: bytes moved, a descriptor, a count', () => {
  for (const side of sides) {
    const [a, b] = side.pair();
    assert.is(side.sys.send(a, AT.data, 700, 0x4040), 700);
    assert.is(side.sys.recv(b, AT.data, 16384, 0x4040), 700);
    assert.ok(side.keep(side.sys.eventfd(0, 0x80000)) > 2);
    side.end();
  }
});

test.run();

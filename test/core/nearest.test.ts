// SPDX-License-Identifier: LGPL-2.1-or-later

// The policy `closest`, over all 2048 masks of the settable bits from every state, against brute force.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, WRNORM } from '../fake/abi.js';
import { createWorld, SOCKETPAIR } from '../fake-host.js';
import { ALL_MASKS, canReach, isAliasedPair, nearest, SHOWABLE } from './support/unix-model.js';

const { core } = createWorld();

test('nearest agrees with brute force for all masks from all states', () => {
  assert.is(ALL_MASKS.length, 2048);
  const wrong: string[] = [];
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted);
      if (got !== nearest(shown, wanted)) wrong.push(`from ${shown} wanted ${wanted}: ${got}, not ${nearest(shown, wanted)}`);
    }
  }
  assert.equal(wrong.slice(0, 5), []);
});

test('a mask that can be shown and reached is its own nearest', () => {
  for (const shown of SHOWABLE) {
    for (const target of SHOWABLE.filter((mask) => canReach(shown, mask)))
      assert.is(core.nearest(SOCKETPAIR, shown, target), target);
  }
});

test('a final state is entered only when HUP or RDHUP is asked for, and never left', () => {
  const final = HUP | RDHUP;
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted);
      if (!(wanted & final) && (got & final) !== (shown & final)) assert.unreachable(`from ${shown} wanted ${wanted}: ${got}`);
      if (shown & final & ~got) assert.unreachable(`from ${shown} wanted ${wanted}: ${got} left a final state`);
    }
  }
});

test('what is asked for is shown, but for the four bits that may be given up', () => {
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted);
      if (wanted & ~(MSG | RDBAND | PRI | ERR) & ~got) assert.unreachable(`from ${shown} wanted ${wanted}: ${got}`);
      if (!isAliasedPair(got)) assert.unreachable(`${got} splits a pair`);
    }
  }
});

test('examples that a reader can check by hand', () => {
  assert.is(core.nearest(SOCKETPAIR, 0, HUP), 0x2051);
  assert.is(core.nearest(SOCKETPAIR, 0, RDHUP), 0x2041);
  assert.is(core.nearest(SOCKETPAIR, 0, WRNORM), 0x304);
  assert.is(core.nearest(SOCKETPAIR, 0, IN | PRI), 0x41);
  assert.is(core.nearest(SOCKETPAIR, 0x2041, OUT), 0x2345);
  assert.is(core.nearest(SOCKETPAIR, 0x2051, 0), 0x2051);
  assert.is(core.nearest(SOCKETPAIR, 0, ERR | MSG), 0);
});

test('IN and OUT are what a socketpair can show in every combination', () => {
  assert.is(core.free(SOCKETPAIR), IN | OUT);
});

test.run();

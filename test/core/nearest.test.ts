// SPDX-License-Identifier: LGPL-2.1-or-later

// The policy `closest`, over all 2048 masks of the settable bits from every state, against brute force.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, RDNORM, WRNORM } from '../fake/abi.js';
import { createWorld, PASSING, SOCKETPAIR, TCP } from '../fake-host.js';
import { TCP_PASSING, TCP_SHOWABLE, tcpAliases, tcpNearest } from './support/tcp-model.js';
import { ALL_MASKS, canReach, isAliasedPair, nearest, SHOWABLE } from './support/unix-model.js';

const { core } = createWorld();

test('nearest agrees with brute force for all masks from all states', () => {
  assert.is(ALL_MASKS.length, 2048);
  const wrong: string[] = [];
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted, 0);
      if (got !== nearest(shown, wanted)) wrong.push(`from ${shown} wanted ${wanted}: ${got}, not ${nearest(shown, wanted)}`);
    }
  }
  assert.equal(wrong.slice(0, 5), []);
});

test('a mask that can be shown and reached is its own nearest', () => {
  for (const shown of SHOWABLE) {
    for (const target of SHOWABLE.filter((mask) => canReach(shown, mask)))
      assert.is(core.nearest(SOCKETPAIR, shown, target, 0), target);
  }
});

test('a final state is entered only when HUP or RDHUP is asked for, and never left', () => {
  const final = HUP | RDHUP;
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted, 0);
      if (!(wanted & final) && (got & final) !== (shown & final)) assert.unreachable(`from ${shown} wanted ${wanted}: ${got}`);
      if (shown & final & ~got) assert.unreachable(`from ${shown} wanted ${wanted}: ${got} left a final state`);
    }
  }
});

test('what is asked for is shown, but for the four bits that may be given up', () => {
  for (const shown of SHOWABLE) {
    for (const wanted of ALL_MASKS) {
      const got = core.nearest(SOCKETPAIR, shown, wanted, 0);
      if (wanted & ~(MSG | RDBAND | PRI | ERR) & ~got) assert.unreachable(`from ${shown} wanted ${wanted}: ${got}`);
      if (!isAliasedPair(got)) assert.unreachable(`${got} splits a pair`);
    }
  }
});

test('examples that a reader can check by hand', () => {
  assert.is(core.nearest(SOCKETPAIR, 0, HUP, 0), 0x2051);
  assert.is(core.nearest(SOCKETPAIR, 0, RDHUP, 0), 0x2041);
  assert.is(core.nearest(SOCKETPAIR, 0, WRNORM, 0), 0x304);
  assert.is(core.nearest(SOCKETPAIR, 0, IN | PRI, 0), 0x41);
  assert.is(core.nearest(SOCKETPAIR, 0x2041, OUT, 0), 0x2345);
  assert.is(core.nearest(SOCKETPAIR, 0x2051, 0, 0), 0x2051);
  assert.is(core.nearest(SOCKETPAIR, 0, ERR | MSG, 0), 0);
});

test('IN and OUT are what a socketpair can show in every combination', () => {
  assert.is(core.gives(SOCKETPAIR, IN | OUT, 0), 1);
  for (const bit of [PRI, ERR, HUP, RDHUP]) assert.is(core.gives(SOCKETPAIR, bit, 0), 0);
});

for (const options of [0, PASSING]) {
  test(`tcp, options ${options}: nearest agrees with brute force for all masks from all states`, () => {
    const wrong: string[] = [];
    for (const shown of options ? TCP_PASSING : TCP_SHOWABLE) {
      for (const wanted of ALL_MASKS) {
        const [got, expected] = [core.nearest(TCP, shown, wanted, options), tcpNearest(shown, wanted, options === PASSING)];
        if (got !== expected) wrong.push(`from ${shown} wanted ${wanted}: ${got}, not ${expected}`);
      }
    }
    assert.equal(wrong.slice(0, 5), []);
  });
}

test('what tcp gives: every subset of the mask can be shown by itself, entered from every other and left', () => {
  for (const options of [0, PASSING]) {
    for (const mask of ALL_MASKS) {
      const subsets = ALL_MASKS.filter((each) => (each & ~mask) === 0).map(tcpAliases);
      const isGiven = subsets.every((from) => subsets.every((to) => tcpNearest(from, to, options === PASSING) === to));
      // An alias by itself is nothing that a program can need.
      if (!(mask & (RDNORM | WRNORM))) assert.is(core.gives(TCP, mask, options), Number(isGiven), `${mask}`);
    }
  }
});

test.run();

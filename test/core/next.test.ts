// SPDX-License-Identifier: LGPL-2.1-or-later

// What a request means, over all masks of the six main bits: bit by bit, as the man page says it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, ERR, HUP, IN, OUT, PRI, RDHUP, SET, SETTABLE } from '../fake/abi.js';
import { createWorld, SOCKETPAIR } from '../fake-host.js';

const { core } = createWorld();
const BITS = [IN, PRI, OUT, ERR, HUP, RDHUP];
const masks = Array.from({ length: 64 }, (_, n) => BITS.reduce((mask, bit, i) => mask + (n & (1 << i) ? bit : 0), 0));

/** One bit after a request. */
function bitAfter(was: boolean, op: number, asked: boolean): boolean {
  if (op === ADD) return was || asked;
  if (op === DEL) return was && !asked;
  return asked;
}

test('ADD ors, DEL clears, SET assigns', () => {
  let cases = 0;
  for (const state of masks) {
    for (const op of [ADD, DEL, SET]) {
      for (const arg of masks) {
        const wanted = BITS.filter((bit) => bitAfter((state & bit) !== 0, op, (arg & bit) !== 0));
        const sum = wanted.reduce((mask, bit) => mask + bit, 0);
        if (core.next(state, op, arg) !== sum) assert.is(core.next(state, op, arg), sum, `${state} ${op} ${arg}`);
        cases++;
      }
    }
  }
  assert.is(cases, 64 * 3 * 64);
});

test('every settable bit goes through a request as it is', () => {
  for (let bit = 1; bit <= SETTABLE; bit <<= 1) {
    if (!(bit & SETTABLE)) continue;
    assert.is(core.next(0, ADD, bit), bit);
    assert.is(core.next(SETTABLE, DEL, bit), SETTABLE - bit);
    assert.is(core.next(SETTABLE - bit, SET, bit), bit);
  }
});

test('aliased adds the aliases of IN and OUT and nothing else', () => {
  for (let mask = 0; mask <= SETTABLE; mask++) {
    const extra = core.aliased(SOCKETPAIR, mask) & ~mask;
    const expected = (mask & IN ? 0x40 : 0) | (mask & OUT ? 0x300 : 0);
    if (extra !== (expected & ~mask) || (core.aliased(SOCKETPAIR, mask) & mask) !== mask) assert.unreachable(`mask ${mask}`);
  }
});

test.run();

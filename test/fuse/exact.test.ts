// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: not newest, one helper

// All 2048 masks of the eleven bits, as poll(2) shows them, with no variable and no option: in this runtime and in C, as root and as a user.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { compile, execute } from '../c/support/library.js';
import { Peer } from '../real/support/with-peer.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { isHere } from '../support/here.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

const stock = { name: 'a kernel without vpolls', has: !isHere('eventfd') && !isHere('device') };
const root = { name: 'root', has: process.geteuid!() === 0 };
const NOTHING = [
  'env',
  '-u',
  'VPOLL_BACKEND',
  '-u',
  'VPOLL_NEEDS',
  '-u',
  'VPOLL_ORDER',
  '-u',
  'VPOLL_FUSE',
  '-u',
  'VPOLL_STRICT',
];

/** What a program of this runtime takes there, and what poll(2) shows of the masks that it sets. */
function masksOf(before: readonly string[]): Promise<{ backend: string; masks: number; wrong: number[] }> {
  return Peer.with({ before: [...before, ...NOTHING] }, (peer) =>
    peer.run(({ vpoll, libc }, all: number) => {
      const vp = vpoll.VPoll.create();
      const { backend } = vp;
      const wrong: number[] = [];
      let masks = 0;
      for (let mask = 0; mask <= all; mask++) {
        if (mask & ~all) continue;
        masks++;
        vp.set(mask);
        if (libc.pollNow(vp.fd) !== mask) wrong.push(mask);
      }
      vp.close();
      return { backend, masks, wrong };
    }, VPOLL_EVENTS),
  );
}

const EXACT = { backend: 'fuse', masks: 2048, wrong: [] };

withFuse(stock)(`${runtime}: every mask is shown as it was set`, async () => {
  assert.equal(await masksOf([]), EXACT);
});

withFuse(
  'setpriv',
  stock,
  root,
)(`${runtime}: so it is for a user`, async () => {
  assert.equal(await masksOf([...withFuseForAll(), ...USER]), EXACT);
});

if (runtime === 'node') {
  for (const [who, before] of [
    ['every mask is shown as it was set', () => []],
    ['so it is for a user', () => [...withFuseForAll(), ...USER]],
  ] as const) {
    withFuse(
      'cmake',
      'gcc',
      'setpriv',
      stock,
      root,
    )(`C: ${who}`, () => {
      const [program, ...args] = [...before(), compile('taken.c')];
      const { status, output, errors } = execute(program, { args });
      assert.equal([status, output], [0, 'fuse 0 of 2048\n'], errors);
    });
  }
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest, vm c/masks

// A backend that shows every bit: FUSE here, an eventfd or the device in the kernels of test/vm (VPOLL_GUEST).

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { needs } from '../support/needs.js';
import { ADD, DEL, drive, DRIVER, FD, numbers, SET } from './support/driver.js';
import { IS_GUEST } from './support/library.js';

const BACKEND = IS_GUEST ? process.env.VPOLL_BACKEND! : 'fuse';
const here = needs(test, ...DRIVER, { name: '/dev/fuse', has: IS_GUEST || existsSync('/dev/fuse') });
const env = { VPOLL_BACKEND: BACKEND, VPOLL_STRICT: '1' };

/** All masks of the eleven bits. */
const MASKS = [...Array(VPOLL_EVENTS + 1).keys()].filter((mask) => (mask & ~VPOLL_EVENTS) === 0);

here(`${BACKEND}: every mask is shown as it is: created, set, added and deleted`, () => {
  assert.is(MASKS.length, 2048);
  const commands = MASKS.flatMap((mask) => [
    `create ${mask} 1`,
    `show ${FD}`,
    `ctl ${FD} ${SET} 0`,
    `show ${FD}`,
    `ctl ${FD} ${ADD} ${mask}`,
    `show ${FD}`,
    `ctl ${FD} ${SET} ${VPOLL_EVENTS}`,
    `ctl ${FD} ${DEL} ${mask}`,
    `show ${FD}`,
    `close ${FD}`,
  ]);
  const expected = MASKS.flatMap((mask) => [FD, mask, 0, 0, 0, mask, 0, 0, VPOLL_EVENTS & ~mask, 0]);
  const got = numbers(drive(commands, { env }));
  const wrong = got.findIndex((each, i) => each !== expected[i]);
  assert.is(wrong, -1, `${commands[wrong]}: ${got[wrong]}, not ${expected[wrong]}`);
  assert.is(got.length, expected.length);
});

here(`${BACKEND}: a child and a dup control the same vpoll, and DEL is no edge`, () => {
  const commands = [
    'create 0 1',
    `dup ${FD}`,
    `watch ${FD}`,
    `child ${FD} ${ADD} 0x12`,
    'edge',
    `ctl ${FD} ${DEL} 0x10`,
    'edge',
    `show ${FD}`,
  ];
  const answers = drive(commands, { env });
  assert.equal(answers.slice(3), ['child 0', '0x12', '0', '0', '0x2']);
});

test.run();

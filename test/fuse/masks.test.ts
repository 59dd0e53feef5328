// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every helper by node, vm emulators/fuse, vm arm64/fuse

// Every mask of the eleven bits, as poll(2) and epoll(7) show it, by level and by edge: the kernel is asked each time.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLL_CTL_ADD } from '../../host/abi.js';
import { createEpoll, type Epoll } from '../../host/linux/epoll.js';
import { EPOLLET, VPOLL_EVENTS, type VPoll } from '../../src/index.js';
import { openLibc } from '../../src/runtime.js';
import { pollNow } from '../real/support/libc.js';
import { Random, seedOfTheDay } from '../support/random.js';
import { create, withFuse } from './support/helper.js';

const BITS = Array.from({ length: 14 }, (_, i) => 1 << i).filter((bit) => VPOLL_EVENTS & bit);
const MASKS = Array.from({ length: 2048 }, (_, n) => BITS.reduce((mask, bit, i) => (n & (1 << i) ? mask | bit : mask), 0));

/** What an epoll set with the one vpoll in it reports now. */
function reported(epoll: Epoll, epfd: number): number {
  return epoll.wait(epfd, 4, 0) > 0 ? epoll.events(0) : 0;
}

/** Calls `look` with a set that has the vpoll in it, by level or by edge. */
function inSet(epoll: Epoll, vp: VPoll, options: number, look: (epfd: number) => void): void {
  const epfd = epoll.create();
  assert.is(epoll.control(epfd, EPOLL_CTL_ADD, vp.fd, (VPOLL_EVENTS | options) >>> 0, 0), 0);
  try {
    look(epfd);
  } finally {
    epoll.close(epfd);
  }
}

withFuse()('each of the 2048 masks is what poll, epoll by level and epoll by edge show', () => {
  const epoll = createEpoll(openLibc(), process.arch);
  assert.is(new Set(MASKS).size, 2048);
  using vp = create();
  inSet(epoll, vp, 0, (level) => {
    inSet(epoll, vp, EPOLLET, (edge) => {
      for (const mask of MASKS) {
        vp.set(mask);
        assert.equal(
          [pollNow(vp.fd), vp.events, reported(epoll, level), reported(epoll, edge), reported(epoll, edge)],
          [mask, mask, mask, mask, 0],
          `mask ${mask.toString(16)}`,
        );
      }
    });
  });
});

withFuse()('each mask can be entered from its complement, and left by a DEL of all', () => {
  using vp = create();
  for (const mask of MASKS) {
    vp.set(~mask & VPOLL_EVENTS);
    vp.add(mask);
    assert.is(pollNow(vp.fd), VPOLL_EVENTS);
    vp.delete(~mask);
    assert.is(pollNow(vp.fd), mask);
    vp.delete(-1);
    assert.is(pollNow(vp.fd), 0);
  }
});

withFuse()('a walk of 10,000 steps: what is shown is what was asked for', () => {
  using vp = create();
  const random = new Random(seedOfTheDay('walk'));
  let model = 0;
  for (let step = 0; step < 10_000; step++) {
    const mask = MASKS[random.below(2048)]!;
    const op = random.below(3);
    if (op === 0) vp.add(mask);
    else if (op === 1) vp.delete(mask);
    else vp.set(mask);
    model = op === 0 ? model | mask : op === 1 ? model & ~mask : mask;
    assert.is(pollNow(vp.fd), model, `step ${step}`);
  }
});

test.run();

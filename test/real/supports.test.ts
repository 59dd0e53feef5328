// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, a socketpair by node, vm library-core

// What a vpoll says beforehand is what comes: supports() over all masks of the eleven bits, needs, and aliases in events.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { dropHelper } from '../../src/fuse/helper.js';
import { VPoll, VPollError } from '../../src/index.js';
import { CHEAPEST } from '../support/here.js';
import { BACKEND, FIRST, HERE, IS_FILE, isHere, offerOfFiles } from './support/backend.js';
import { refusal } from './support/errors.js';
import { countFds, countOnceDown, pollNow, settle } from './support/libc.js';
import { FILE_STATES, HUP, IN, OUT, STATES } from './support/states.js';

test.before(settle);

const FINAL = c.EPOLLHUP | c.EPOLLRDHUP;

/** Every subset of the eleven bits. */
function* masks(): Generator<number> {
  for (let mask = 0; mask <= c.VPOLL_EVENTS; mask++) if ((mask & ~c.VPOLL_EVENTS) === 0) yield mask;
}

function isSet(vp: VPoll, mask: number): boolean {
  try {
    vp.set(mask);
    return true;
  } catch (error) {
    if (error instanceof VPollError && error.code === 'EOPNOTSUPP') return false;
    throw error;
  }
}

/** A mask with what a unix socket shows beside it. */
function aliased(mask: number): number {
  return mask | (mask & c.EPOLLIN ? IN : 0) | (mask & c.EPOLLOUT ? OUT : 0);
}

for (const { name, events, shown } of STATES) {
  test(`socketpair: supports() from ${name} is what SET then does, for all 2048 masks`, () => {
    let vp = VPoll.create({ backend: 'socketpair', events });
    let count = 0;
    for (const mask of masks()) {
      const promised = vp.supports(mask);
      assert.is(vp.events, shown, 'asking changes nothing');
      const done = isSet(vp, mask);
      assert.is(promised, done, `mask 0x${mask.toString(16)}`);
      assert.is(pollNow(vp.fd), done ? aliased(mask) : shown);
      if (done) {
        count++;
        // Back to where it started, by a new one where the way back is closed.
        if (pollNow(vp.fd) & FINAL) {
          vp.close();
          vp = VPoll.create({ backend: 'socketpair', events });
        } else vp.set(events);
      }
    }
    vp.close();
    assert.ok(count >= 4, `${count} masks were possible`);
  });
}

test('supports() of bits that nobody can assert is false, and of nonsense EINVAL', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  for (const mask of [c.EPOLLET, c.EPOLLONESHOT, 0x20, 0x800, c.EPOLLIN | c.EPOLLET, -1, 0xffffffff])
    assert.is(vp.supports(mask), false);
  for (const mask of [NaN, 1.5, 2 ** 32, '1', undefined]) refusal(() => vp.supports(mask as number), 'EINVAL', 'vpoll_supports');
});

test('socketpair: supports() with aliases: 0x41 and 0x304 yes, split pairs no', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  for (const mask of [0, 0x1, 0x41, 0x4, 0x104, 0x204, 0x304, 0x345, 0x2041, 0x2051])
    assert.ok(vp.supports(mask), `0x${mask.toString(16)}`);
  for (const mask of [0x40, 0x100, 0x200, 0x300, 0x2040, 0x2000, 0x10, 0x11, 0x2010, 0x2, 0x8]) {
    assert.not(vp.supports(mask), `0x${mask.toString(16)}`);
  }
});

test('socketpair: events has the aliases, and asking for the main bit or for all of them is the same', () => {
  for (const exclusive of [false, true]) {
    using vp = VPoll.create({ backend: 'socketpair', exclusive });
    for (const [asked, shown] of [
      [0x1, IN],
      [0x41, IN],
      [0x4, OUT],
      [0x104, OUT],
      [0x304, OUT],
      [0x345, IN | OUT],
    ] as const) {
      for (const back of [asked, shown]) {
        vp.add(asked);
        assert.is(vp.events, shown);
        assert.is(pollNow(vp.fd), shown);
        vp.delete(back);
        assert.is(vp.events, 0);
        assert.is(pollNow(vp.fd), 0);
      }
      vp.set(asked);
      assert.is(vp.events, shown);
      vp.set(0);
    }
  }
});

test('socketpair: an alias can not be split from its main bit', () => {
  using vp = VPoll.create({ backend: 'socketpair', events: IN | OUT });
  for (const bits of [c.EPOLLRDNORM, c.EPOLLWRNORM, c.EPOLLWRBAND]) {
    refusal(() => {
      vp.delete(bits);
    }, 'EOPNOTSUPP');
    assert.is(vp.events, IN | OUT);
  }
  vp.set(0);
  for (const bits of [c.EPOLLRDNORM, c.EPOLLWRNORM, c.EPOLLWRNORM | c.EPOLLWRBAND]) {
    refusal(() => {
      vp.add(bits);
    }, 'EOPNOTSUPP');
    assert.is(vp.events, 0);
  }
});

if (IS_FILE) {
  test('a vpoll file supports every mask, in every state, and shows it exactly', () => {
    for (const exclusive of [false, true]) {
      using vp = VPoll.create({ backend: BACKEND, exclusive });
      for (const { events } of FILE_STATES) {
        for (const mask of masks()) {
          vp.set(events);
          assert.ok(vp.supports(mask));
          vp.set(mask);
          assert.is(pollNow(vp.fd), mask);
        }
        assert.is(vp.events, c.VPOLL_EVENTS);
      }
    }
  });

  test('on a vpoll file ADD and DEL move the bits that they name, and no other', () => {
    using vp = VPoll.create({ backend: BACKEND });
    for (const { events } of FILE_STATES) {
      for (const mask of masks()) {
        vp.set(events);
        vp.add(mask);
        assert.is(pollNow(vp.fd), events | mask);
        vp.set(events);
        vp.delete(mask);
        assert.is(pollNow(vp.fd), events & ~mask);
      }
    }
  });
}

test('needs: a backend for every subset, or an error that names each', async () => {
  if (HERE.includes('fuse')) await VPoll.prepare('fuse');
  const before = countFds();
  for (const wanted of [0, c.EPOLLIN, c.EPOLLOUT, c.EPOLLIN | c.EPOLLOUT]) {
    using first = VPoll.create({ backend: 'auto', needs: wanted });
    assert.is(first.backend, wanted === 0 ? FIRST : CHEAPEST[0]);
    using vp = VPoll.create({ backend: BACKEND, needs: wanted });
    assert.is(vp.backend, BACKEND);
  }
  for (const wanted of [c.EPOLLPRI, c.EPOLLERR, c.EPOLLHUP, c.EPOLLRDHUP | c.EPOLLIN, HUP, IN, OUT, c.VPOLL_EVENTS]) {
    for (const policy of ['strict', 'closest'] as const) {
      const { message } = refusal(
        () => VPoll.create({ backend: 'socketpair', needs: wanted, policy }),
        'EOPNOTSUPP',
        'vpoll_create',
      );
      assert.match(message, 'needs');
      assert.match(message, offerOfFiles(wanted));
      const able = CHEAPEST.find((name) => name !== 'socketpair' && (name !== 'tcp' || (wanted & ~0xf) === 0));
      if (able) {
        using vp = VPoll.create({ backend: 'auto', needs: wanted, policy });
        assert.is(vp.backend, able);
        if (able !== 'fuse') continue;
      }
      // None is started; one that is there would serve.
      dropHelper();
      process.env.VPOLL_FUSE = 'off';
      const said = refusal(() => VPoll.create({ backend: 'auto', needs: wanted, policy }), 'EOPNOTSUPP', 'vpoll_create').message;
      delete process.env.VPOLL_FUSE;
      if (able) await VPoll.prepare('fuse');
      const limit = isHere('tcp') ? 'only shows .*' : '.*';
      // A backend a line: read by a person who looks for the one that can be had.
      assert.match(said, /needs .*:\n {2}eventfd: .*linux_patch.*\n {2}device: .*vpoll\.ko.*\n {2}fuse: VPOLL_FUSE=off/);
      assert.match(said, new RegExp(`\n  tcp: ${limit}\n  socketpair: only shows IN and OUT`));
    }
  }
  for (const wanted of [c.EPOLLET, 0x20, NaN, '1'])
    refusal(() => VPoll.create({ needs: wanted as number }), 'EINVAL', 'vpoll_create');
  assert.is(await countOnceDown(before), before);
});

test.run();

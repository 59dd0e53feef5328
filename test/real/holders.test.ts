// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend, vm library-core

// What a program that holds the descriptor does with it beside polling: it reads until nothing is left, as after IN, and writes until nothing is taken, as after OUT.
// Nothing of that goes anywhere. A read may take IN away; what a later change then says is true again: it shows what was asked for, or is refused.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EAGAIN, EINVAL, EPIPE } from '../../host/errno.js';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../src/constants.js';
import { formatEvents, VPoll, VPollError, type VPollOptions } from '../../src/index.js';
import { Random, seedOfTheDay } from '../support/random.js';
import { BACKEND, IN, IS_FILE, OUT, shown } from './support/backend.js';
import { closeFd, dup, pollNow, tryRead, tryWrite } from './support/libc.js';

const STEPS = 2000;
/** As much as either queue of a socket can hold. */
const BYTES_MAX = 1 << 24;
/** The bits of which every subset can be shown, entered and left. */
const FREE = BACKEND === 'socketpair' ? [EPOLLIN, EPOLLOUT] : [EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLERR];
/** No request of a file, which a write of these would be otherwise: an unknown operation. */
const DATA = new Uint8Array(4096).fill(0x55);
const ROOM = new Uint8Array(1 << 16);
/** What says that there is no more, and what a file says to what is no request. */
const ENDS = IS_FILE ? [-EINVAL] : [-EAGAIN, -EPIPE, 0];

/** Until the descriptor gives or takes no more. A file gives its events for good. */
function exhaust(act: () => number): void {
  let bytes = 0;
  let count = 0;
  while (bytes < (IS_FILE ? 8 : BYTES_MAX) && (count = act()) > 0) bytes += count;
  assert.ok(count > 0 || ENDS.includes(count), `${count}`);
}

const read = (fd: number): void => {
  exhaust(() => tryRead(fd, ROOM));
};
const write = (fd: number): void => {
  exhaust(() => tryWrite(fd, DATA));
};

const subset = (random: Random): number => FREE.reduce((mask, bit) => mask | (random.below(2) === 0 ? bit : 0), 0);

for (const exclusive of [false, true]) {
  test(`a change shows what it says, whatever the holder has read${exclusive ? '; an exclusive one too' : ''}`, () => {
    using vp = VPoll.create({ backend: BACKEND, nonblock: true, exclusive });
    for (const bit of [...FREE, ...FREE]) {
      vp.set(bit);
      assert.is(pollNow(vp.fd), shown(bit), formatEvents(bit));
      read(vp.fd);
      vp.add(bit);
      assert.is(pollNow(vp.fd), shown(bit), `${formatEvents(bit)} again`);
      read(vp.fd);
      vp.set(0);
      assert.is(pollNow(vp.fd), 0, `${formatEvents(bit)} taken back`);
    }
  });
}

/** Random changes, reads and writes: how many changes were refused. */
function mix(options: VPollOptions): number {
  const random = new Random(seedOfTheDay('holders'));
  let refused = 0;
  let vp = VPoll.create(options);
  try {
    for (let i = 0; i < STEPS; i++) {
      const what = random.below(10);
      if (what === 0) read(vp.fd);
      else if (what === 1) write(vp.fd);
      else if (what === 2) {
        vp.close();
        vp = VPoll.create(options);
      } else {
        const before = vp.events;
        const mask = subset(random);
        const [op, wanted] = (
          [
            ['add', before | shown(mask)],
            ['delete', before & ~shown(mask)],
            ['set', shown(mask)],
          ] as const
        )[random.below(3)]!;
        const step = `${i}: ${op} ${formatEvents(mask)} to ${formatEvents(before)}`;
        try {
          vp[op](mask);
          assert.is(vp.events, wanted, `${step} shows ${formatEvents(vp.events)}`);
        } catch (error) {
          if (!(error instanceof VPollError)) throw error;
          // What a holder has written and nobody takes out is in the way of OUT, and of ERR on tcp.
          assert.is(error.code, 'ENOBUFS', `${step}: ${error.message}`);
          assert.is(vp.events, before, `${step} was refused, and changed what is shown`);
          refused++;
        }
      }
    }
  } finally {
    vp.close();
  }
  return refused;
}

test('whatever the holder reads and writes, a change shows what it says, or is refused on tcp', () => {
  const refused = mix({ backend: BACKEND, nonblock: true });
  assert.ok(BACKEND === 'tcp' ? refused > 0 : refused === 0, `${refused} refused`);
});

test('where bits may pass, nothing is refused', () => {
  assert.is(mix({ backend: BACKEND, nonblock: true, passing: true }), 0);
});

test('close(): another holder of a file sees what was shown last, and of a socket a hangup with all that comes with it', () => {
  for (const bit of [0, ...FREE]) {
    const vp = VPoll.create({ backend: BACKEND, events: bit });
    const copy = dup(vp.fd);
    try {
      vp.close();
      // As docs/api.md says: a socket whose other end was closed with something unread.
      const gone = IN | OUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP | (BACKEND === 'tcp' ? bit & EPOLLPRI : 0);
      assert.is(pollNow(copy), IS_FILE ? bit : gone, formatEvents(bit));
    } finally {
      closeFd(copy);
    }
  }
});

test('close(): as long as another has the vpoll too, holders see what it shows', () => {
  const vp = VPoll.create({ backend: BACKEND });
  const other = VPoll.attach(vp.share().token);
  const copy = dup(vp.fd);
  try {
    vp.close();
    assert.is(pollNow(copy), 0);
    other.add('IN');
    assert.is(pollNow(copy), IN);
  } finally {
    closeFd(copy);
    other.close();
  }
});

test.run();

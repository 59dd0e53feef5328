// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, a socketpair, vm library-core, vm emulators/tcp, vm arm64/socketpair

// Every state that can be shown, however it was entered, as a separate python process sees it by poll, select and epoll.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, VPoll, VPOLL_EVENTS } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND, IS_FILE } from './support/backend.js';
import { Observer } from './support/observer.js';
import { FILE_STATES, TCP_STATES, STATES as UNIX_STATES } from './support/states.js';

const STATES = IS_FILE ? FILE_STATES : BACKEND === 'tcp' ? TCP_STATES : UNIX_STATES;

/** What poll(2) reports whether it was asked for or not. */
const ALWAYS = EPOLLERR | EPOLLHUP;
// fs/select.c: POLLIN_SET, POLLOUT_SET, POLLEX_SET.
const READABLE = 0xd9;
const WRITABLE = 0x30c;
const EXCEPTIONAL = 0x02;

const INTERESTS = [
  0,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLHUP,
  EPOLLIN | EPOLLOUT,
  0x40,
  0x80,
  0x100,
  0x200,
  VPOLL_EVENTS,
];

const ways: Record<string, (events: number) => VPoll> = {
  create: (events) => VPoll.create({ backend: BACKEND, events }),
  add: (events) => {
    const vp = VPoll.create({ backend: BACKEND });
    vp.add(events);
    return vp;
  },
  set: (events) => {
    const vp = VPoll.create({ backend: BACKEND, events: EPOLLOUT });
    vp.set(events);
    return vp;
  },
  'set, exclusive': (events) => {
    const vp = VPoll.create({ backend: BACKEND, events: EPOLLIN, exclusive: true });
    vp.set(events);
    return vp;
  },
};

/** Polls one descriptor by every means and compares with `shown`. */
async function examine(observer: Observer, fd: number, shown: number): Promise<void> {
  const seen = (interest: number): number => shown & ((interest | ALWAYS) >>> 0);
  for (const interest of INTERESTS) {
    const name = `${fd}/${interest}`;
    assert.is((await observer.ask({ do: 'poll', fd, interest })).events, seen(interest));
    await observer.ask({ do: 'epoll_new', name, fd, interest });
    // Level-triggered: as long as it lasts, every time.
    for (let i = 0; i < 2; i++) assert.is((await observer.ask({ do: 'epoll_events', name })).events, seen(interest));
    await observer.ask({ do: 'epoll_new', name, fd, interest: (interest | EPOLLET) >>> 0 });
    assert.is((await observer.ask({ do: 'epoll_events', name })).events, seen(interest));
    assert.is((await observer.ask({ do: 'epoll_events', name })).events, 0);
  }
  const sets = { r: (shown & READABLE) !== 0, w: (shown & WRITABLE) !== 0, x: (shown & EXCEPTIONAL) !== 0 };
  assert.equal(await observer.ask({ do: 'select_sets', fd }), sets);
}

for (const [way, make] of Object.entries(ways)) {
  needs(test, 'python3')(`each state, entered by ${way}`, async () => {
    const vps = STATES.map(({ events }) => make(events));
    try {
      assert.equal(
        vps.map((vp) => vp.events),
        STATES.map(({ shown }) => shown),
      );
      await Observer.with(
        vps.map((vp) => vp.fd),
        async (observer) => {
          for (const [index, { shown }] of STATES.entries()) await examine(observer, 3 + index, shown);
        },
      );
    } finally {
      for (const vp of vps) vp.close();
    }
  });
}

if (IS_FILE) {
  needs(test, 'python3')(
    'a vpoll file shows each of the 2048 masks exactly: by poll, by epoll, and there is a way back from each',
    async () => {
      using vp = VPoll.create({ backend: BACKEND });
      await Observer.with([vp.fd], async (observer) => {
        await observer.ask({ do: 'epoll_new', name: 'all', fd: 3, interest: VPOLL_EVENTS });
        let count = 0;
        for (let mask = VPOLL_EVENTS; mask >= 0; mask--) {
          if (mask & ~VPOLL_EVENTS) continue;
          vp.set(mask);
          assert.is(await observer.poll(), mask);
          assert.is((await observer.ask({ do: 'epoll_events', name: 'all' })).events, mask);
          count++;
        }
        assert.is(count, 2048);
      });
    },
  );
}

test.run();

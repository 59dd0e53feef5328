// SPDX-License-Identifier: LGPL-2.1-or-later

// Every state that can be shown, however it was entered, as a separate python process sees it by poll, select and epoll.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { Observer } from './support/observer.js';
import { STATES } from './support/states.js';

/** What poll(2) reports whether it was asked for or not. */
const ALWAYS = EPOLLERR | EPOLLHUP;
// fs/select.c: POLLIN_SET, POLLOUT_SET, POLLEX_SET.
const READABLE = 0xd9;
const WRITABLE = 0x30c;
const EXCEPTIONAL = 0x02;

const INTERESTS = [0, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLHUP, EPOLLIN | EPOLLOUT, 0x40, 0x80, 0x100, 0x200, 0x27df];

const ways: Record<string, (events: number) => VPoll> = {
  create: (events) => VPoll.create({ backend: 'socketpair', events }),
  add: (events) => {
    const vp = VPoll.create({ backend: 'socketpair' });
    vp.add(events);
    return vp;
  },
  set: (events) => {
    const vp = VPoll.create({ backend: 'socketpair', events: EPOLLOUT });
    vp.set(events);
    return vp;
  },
  'set, exclusive': (events) => {
    const vp = VPoll.create({ backend: 'socketpair', events: EPOLLIN, exclusive: true });
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

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, a socketpair by node, vm arm64/socketpair, vm arm64/tcp, vm arm64/fuse

// EPOLLEXCLUSIVE: HUP, ERR and RDHUP wake every waiter, as when the other end of a socket or a pipe goes. Else those that aren't woken would sleep on
// while the hang-up stands.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLRDHUP } from '../../src/constants.js';
import { formatEvents, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND } from './support/backend.js';
import { Observer } from './support/observer.js';

const WAITERS = 4;
/** All that a waiter for IN may ask for beside it, epoll_ctl(2). ERR and HUP come unasked. */
const INTEREST = (EPOLLEXCLUSIVE | EPOLLIN) >>> 0;

/** Runs `use` with waiters, each a process of its own that sleeps on an epoll set of its own. */
async function withSleepers(vp: VPoll, use: (all: Observer[]) => Promise<void>, all: Observer[] = []): Promise<void> {
  if (all.length === WAITERS) {
    // Not before all are there: on a slow machine the first would have slept too long.
    for (const observer of all) await observer.block({ do: 'epoll_blocking', name: 'set' });
    return use(all);
  }
  return Observer.with([vp.fd], async (observer) => {
    await observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: INTEREST });
    await withSleepers(vp, use, [...all, observer]);
  });
}

const withPython = needs(test, 'python3');

for (const events of [EPOLLHUP, EPOLLERR, EPOLLRDHUP | EPOLLIN]) {
  withPython(`${formatEvents(events)} wakes each of ${WAITERS}`, async () => {
    using vp = VPoll.create({ backend: BACKEND, policy: 'closest' });
    vp.add(events);
    // A bit that this carrier hasn't.
    if ((vp.events & events) === 0) return;
    // What is final there doesn't go: the waiters get a vpoll that never had it.
    using fresh = VPoll.create({ backend: BACKEND, policy: 'closest' });
    await withSleepers(fresh, async (all) => {
      fresh.add(events);
      const answers = all.map((observer) => observer.answer());
      const seen = [await Promise.race(answers)];
      // The kernel wakes one for what comes into a socket's error queue (sock_def_error_report()): one more for each.
      if (BACKEND === 'tcp' && events === EPOLLERR) for (let i = 1; i < WAITERS; i++) fresh.add(events);
      seen.push(...(await Promise.all(answers)));
      assert.ok(
        seen.every((answer) => (answer.events as number) & events),
        JSON.stringify(seen),
      );
    });
  });
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, a socketpair by node

// A storm of real signals with a handler, while a vpoll is created, changed, asked and closed: nothing fails, nothing is lost.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND, IN, OUT } from './support/backend.js';
import { countFds, countOnceDown, pollNow, settle } from './support/libc.js';
import { Observer } from './support/observer.js';

test.before(settle);

const STORM_S = 1;
/** Changes of each vpoll. Handlers run between two vpolls, and a change of a helper's takes tens of microseconds. */
const CHANGES = BACKEND === 'fuse' ? 5 : 50;

needs(test, 'python3')('a second full of signals from another process', async () => {
  let received = 0;
  const handler = (): number => received++;
  process.on('SIGUSR2', handler);
  let rounds = 0;
  await Observer.with([], async (observer) => {
    await observer.ask({ do: 'signals', pid: process.pid, for_s: STORM_S });
    // Once it has answered: until a child has started, this process holds the child's ends of its streams as well.
    const before = countFds();
    const storm = new AbortController();
    const answer = observer.answer().finally(() => {
      storm.abort();
    });
    while (!storm.signal.aborted) {
      using vp = VPoll.create({ backend: BACKEND });
      for (let i = 0; i < CHANGES; i++) {
        vp.add(EPOLLIN);
        vp.set(EPOLLOUT);
        assert.is(pollNow(vp.fd), OUT);
        vp.add(EPOLLIN);
        assert.is(vp.events, IN | OUT);
        vp.set(0);
        assert.is(pollNow(vp.fd), 0);
      }
      rounds++;
      // Handlers run in the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const sent = (await answer).sent as number;
    assert.ok(sent > 1000, `${sent} signals`);
    assert.is(await countOnceDown(before), before);
  });
  process.off('SIGUSR2', handler);
  // A handler runs once a turn, however many came meanwhile; under the storm Deno has as few as two turns.
  assert.ok(rounds > 1 && received > 0, `${rounds} rounds, ${received} signals handled`);
});

test.run();

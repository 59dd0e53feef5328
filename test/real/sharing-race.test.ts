// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node

// Two processes control one vpoll at the same time, one of them IN and the other OUT: neither ever disturbs the other's bit.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../src/index.js';
import { BACKEND, IN, OUT } from './support/backend.js';
import { pollNow } from './support/libc.js';
import { Peer } from './support/with-peer.js';

const OPS = 20_000;

test('20,000 changes of IN here beside 20,000 of OUT there', async () => {
  using vp = VPoll.create({ backend: BACKEND });
  const { stdio, env } = vp.share();
  await Peer.with({ fds: stdio, env }, async (peer) => {
    await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
    peer.start(
      ({ kept, libc }, { ops, out }) => {
        const mine = kept.get('vp')!;
        let wrong = 0;
        let changesOfOther = 0;
        let last = 0;
        const deadline = performance.now() + 20_000;
        // On a busy machine two processes may take long turns: until they have met often enough.
        for (let i = 0; i < ops || (changesOfOther < 50 && performance.now() < deadline); i++) {
          if (i % 2 === 0) mine.add(4);
          else mine.delete(4);
          const seen = libc.pollNow(mine.fd);
          if ((seen & out) !== (i % 2 === 0 ? out : 0)) wrong++;
          if ((seen & 1) !== last) changesOfOther++;
          last = seen & 1;
        }
        return { wrong, changesOfOther };
      },
      { ops: OPS, out: OUT },
    );
    const over = new AbortController();
    const result = peer.result<{ wrong: number; changesOfOther: number }>().finally(() => {
      over.abort();
    });
    let wrong = 0;
    // Until the other is done, which may have begun late.
    for (let i = 0; i < OPS || !over.signal.aborted; i++) {
      if (i % 2 === 0) vp.add(EPOLLIN);
      else vp.delete(EPOLLIN);
      if ((pollNow(vp.fd) & IN) !== (i % 2 === 0 ? IN : 0)) wrong++;
      if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
    }
    const there = await result;
    vp.set(0);
    assert.is(wrong, 0);
    assert.is(there.wrong, 0);
    assert.ok(there.changesOfOther >= 50, 'they ran at the same time');
    assert.is(vp.events, 0);
  });
});

test('both ADD and DEL the same bits as fast as they can: what is left can be cleared', async () => {
  using vp = VPoll.create({ backend: BACKEND });
  const { stdio, env } = vp.share();
  await Peer.with({ fds: stdio, env }, async (peer) => {
    await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
    peer.start(({ kept }, ops) => {
      const mine = kept.get('vp')!;
      for (let i = 0; i < ops; i++) {
        mine.add(i % 3 === 0 ? 5 : 1);
        if (i % 5 === 0) mine.delete(5);
      }
    }, OPS);
    for (let i = 0; i < OPS; i++) {
      vp.add(i % 3 === 0 ? EPOLLOUT | EPOLLIN : EPOLLIN);
      if (i % 4 === 0) vp.delete(EPOLLIN);
    }
    await peer.result();
    vp.set(EPOLLIN | EPOLLOUT);
    assert.is(vp.events, IN | OUT);
    vp.delete(EPOLLIN | EPOLLOUT);
    assert.is(vp.events, 0);
    assert.is(await peer.run(({ kept }) => kept.get('vp')!.events), 0);
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: every backend by node

// Two processes control one vpoll at once, each at random and on a bit of its own: each bit is always as its owner left it. A
// waiter for one is woken for each ADD of it, whatever happens to the other.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { seedOfTheDay } from '../support/random.js';
import { pollNow } from './support/libc.js';
import { Observer } from './support/observer.js';
import { Peer } from './support/with-peer.js';

const OPS = 100_000;
const EDGES = 1000;
const SEED = seedOfTheDay('changes');

/** Random ADDs and DELs of `bit` until `isOver`, `ops` of them at least; what was wrong, and how the bit was left. Also sent to a peer, as text. */
async function control(
  vp: VPoll,
  poll: (fd: number) => number,
  { bit, ops, seed }: { bit: number; ops: number; seed: number },
  isOver: () => boolean,
): Promise<{ wrong: number; left: number }> {
  let state = seed;
  let wrong = 0;
  let left = 0;
  for (let i = 0; i < ops || !isOver(); i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    left = (state >>> 16) & 1 ? bit : 0;
    if (left) vp.add(bit);
    else vp.delete(bit);
    if ((poll(vp.fd) & bit) !== left) wrong++;
    if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
  }
  return { wrong, left };
}

/** Runs with another process that has attached to `vp` and controls OUT. `result` is its state there. */
async function beside(vp: VPoll, use: (result: Promise<{ wrong: number; left: number }>) => Promise<void>): Promise<void> {
  const { stdio, env } = vp.share();
  await Peer.with({ fds: stdio, env }, async (peer) => {
    await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
    peer.start(
      ({ kept, libc }, { text, ...how }) => {
        const compiled = (0, eval)(`(${text})`) as typeof control;
        return compiled(kept.get('vp')!, libc.pollNow, how, () => true);
      },
      { text: control.toString(), bit: EPOLLOUT, ops: OPS, seed: SEED + 1 },
    );
    await use(peer.result());
  });
}

test('100,000 random ADDs and DELs of IN here, as many of OUT there: each bit is as its owner left it', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  await beside(vp, async (result) => {
    const over = new AbortController();
    const there = result.finally(() => {
      over.abort();
    });
    const here = await control(vp, pollNow, { bit: EPOLLIN, ops: OPS, seed: SEED }, () => over.signal.aborted);
    const { wrong, left } = await there;
    assert.equal([here.wrong, wrong], [0, 0]);
    assert.is(vp.events & (EPOLLIN | EPOLLOUT), here.left | left);
  });
});

needs(test, 'python3')(
  'an edge-triggered waiter for IN gets an edge for each ADD, while another process changes OUT',
  async () => {
    using vp = VPoll.create({ backend: 'socketpair' });
    await beside(vp, async (result) => {
      await Observer.with([vp.fd], async (python) => {
        await python.ask({ do: 'answer_edges', fd: 3, interest: EPOLLIN, count: EDGES });
        for (let i = 0; i < EDGES; i++) {
          // Every other one is an ADD of what is there already.
          if (i % 2 === 0) vp.delete(EPOLLIN);
          vp.add(EPOLLIN);
          assert.equal(await python.answer(), { edge: i });
        }
      });
      assert.is((await result).wrong, 0);
    });
  },
);

test.run();

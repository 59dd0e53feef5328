// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: vm emulators/tcp

// Two processes that wake each other by two vpolls, again and again, by each bit that comes and goes alone. One waits in poll(2), the other in
// poll(2) or in an edge-triggered epoll set. A wake-up that is lost ends it. VPOLL_LONG=1: 100,000 times each way.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLIN, EPOLLOUT, EPOLLPRI, Poller, VPoll, VPOLL_EVENTS } from '../../src/index.js';
import { BACKEND, IS_FILE } from './support/backend.js';
import { pollFor } from './support/libc.js';
import { Peer } from './support/with-peer.js';

const ROUNDS = process.env.VPOLL_LONG === '1' ? 100_000 : 2000;
const LIMIT_MS = 60_000;

const ON_SOCKETS = BACKEND === 'tcp' ? [EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR] : [EPOLLIN, EPOLLOUT];
const BITS = IS_FILE ? Array.from({ length: 14 }, (_, i) => 1 << i).filter((bit) => (bit & VPOLL_EVENTS) !== 0) : ON_SOCKETS;

interface How {
  token: string;
  bits: number[];
  rounds: number;
  edge: boolean;
  limitMs: number;
}

/** The other side: waits for its vpoll to show the bit, clears it there, and raises it on the first one. */
function startEcho(peer: Peer, how: How): void {
  peer.start(async ({ vpoll, libc }, { token, bits, rounds, edge, limitMs }) => {
    const there = vpoll.VPoll.attach();
    const back = vpoll.VPoll.attach(token);
    const poller = vpoll.Poller.create();
    poller.add(there, vpoll.VPOLL_EVENTS, { edge: true });
    const endMs = Date.now() + limitMs * 10;
    back.add(bits[0]!);
    let seen = 0;
    while (seen < rounds && Date.now() < endMs) {
      const bit = bits[seen % bits.length]!;
      if (edge) await poller.wait({ timeoutMs: limitMs });
      // A wake-up that has no key may come again for what was cleared: only what is shown counts.
      if ((libc.pollFor(there.fd, bit, edge ? 0 : limitMs) & bit) === 0) continue;
      there.delete(bit);
      back.add(bit);
      seen++;
    }
    poller.close();
    return seen;
  }, how);
}

/** Waits while this thread goes on: Bun doesn't send what a peer was told while it is blocked. */
async function shows(vp: VPoll, bit: number): Promise<void> {
  using poller = Poller.create();
  poller.add(vp, bit);
  assert.is((await poller.wait({ timeoutMs: LIMIT_MS })).length, 1);
}

for (const edge of [false, true]) {
  test(`${ROUNDS} ping-pongs by ${edge ? 'edge' : 'poll(2)'}, and no wake-up is lost`, async () => {
    using there = VPoll.create({ backend: BACKEND });
    using back = VPoll.create({ backend: BACKEND });
    const first = there.share();
    const second = back.share(3 + first.stdio.length);
    const fds = [...first.stdio, ...second.stdio];
    await Peer.with({ fds, env: first.env }, async (peer) => {
      startEcho(peer, { token: second.token, bits: BITS, rounds: ROUNDS, edge, limitMs: LIMIT_MS });
      await shows(back, BITS[0]!);
      back.delete(BITS[0]!);
      for (let i = 0; i < ROUNDS; i++) {
        const bit = BITS[i % BITS.length]!;
        there.add(bit);
        assert.is(pollFor(back.fd, bit, LIMIT_MS) & bit, bit, `round ${i}: 0x${bit.toString(16)}`);
        back.delete(bit);
      }
      assert.is(await peer.result(), ROUNDS);
    });
    assert.equal([there.events, back.events], [0, 0]);
  });
}

test.run();

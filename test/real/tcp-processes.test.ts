// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one backend, vm emulators/tcp

// Several processes on one tcp vpoll: each owns a bit, and the one that makes a new connection leaves the others a dead hidden end.

import { availableParallelism } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { isHere } from './support/backend.js';
import { pollNow } from './support/libc.js';
import { Peer } from './support/with-peer.js';

const onTcp = needs(test, { name: 'loopback', has: isHere('tcp') });
const OPS = 5000;
/** Changes of each in a storm. On one processor, as in a guest, each change is begun anew far more often. */
const STORM = availableParallelism() > 1 ? 1500 : 40;
/** What a socket shows that was shut down. */
const ENDED = 0x2155;

/** A process that has taken up `vp`. */
async function attached<T>(vp: VPoll, use: (peer: Peer) => Promise<T>): Promise<T> {
  const { stdio, env } = vp.share();
  return await Peer.with({ fds: stdio, env }, async (peer) => {
    await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
    return await use(peer);
  });
}

function startToggling(peer: Peer, bit: number): void {
  peer.start(
    ({ kept, libc }, how) => {
      const vp = kept.get('vp')!;
      let wrong = 0;
      for (let i = 0; i <= how.ops; i++) {
        if (i % 2 === 0) vp.add(how.bit);
        else vp.delete(how.bit);
        if ((libc.pollNow(vp.fd) & how.bit) !== (i % 2 === 0 ? how.bit : 0)) wrong++;
      }
      return wrong;
    },
    { bit, ops: OPS },
  );
}

onTcp('four processes, a bit each, all at once: each bit is always as its owner left it', async () => {
  using vp = VPoll.create({ backend: 'tcp' });
  await attached(vp, (first) =>
    attached(vp, (second) =>
      attached(vp, (third) =>
        attached(vp, async (fourth) => {
          const owners: [Peer, number][] = [
            [first, EPOLLIN],
            [second, EPOLLPRI],
            [third, EPOLLOUT],
            [fourth, EPOLLERR],
          ];
          for (const [peer, bit] of owners) startToggling(peer, bit);
          const wrong = await Promise.all(owners.map(([peer]) => peer.result()));
          assert.equal(wrong, [0, 0, 0, 0]);
          assert.is(pollNow(vp.fd), 0x14f);
        }),
      ),
    ),
  );
});

onTcp('who finds that another process has made a new connection makes one of his own', async () => {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  await attached(vp, async (peer) => {
    for (let i = 0; i < 50; i++) {
      await peer.run(({ kept }) => {
        kept.get('vp')!.set(0x10);
        kept.get('vp')!.set(0);
      });
      const bit = i % 2 ? EPOLLPRI : EPOLLERR;
      vp.set(bit | EPOLLIN);
      assert.is(pollNow(vp.fd), bit | 0x41);
      vp.set(EPOLLHUP);
      vp.set(EPOLLOUT);
      await peer.run(({ kept }) => {
        kept.get('vp')!.add(0xa);
      });
      assert.is(pollNow(vp.fd), 0x10e);
    }
  });
});

onTcp('one process adds HUP while another takes it away: neither is refused, and afterwards each change holds', async () => {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  await attached(vp, async (peer) => {
    peer.start(
      ({ kept }, how) => {
        for (let i = 0; i < how.count; i++) kept.get('vp')!.delete(how.bits);
        return how.count;
      },
      { count: 2000, bits: EPOLLHUP | EPOLLERR },
    );
    for (let i = 0; i < 2000; i++) vp.add(EPOLLHUP);
    assert.is(await peer.result(), 2000);
    for (const mask of [0x10, 0, 0xa, 0x10]) {
      vp.set(mask);
      assert.is(pollNow(vp.fd), mask);
    }
  });
});

/** Three processes set one of `masks` each, again and again, in an order of their own. */
async function storm(masks: readonly number[], count: number): Promise<void> {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  await attached(vp, (first) =>
    attached(vp, (second) =>
      attached(vp, async (third) => {
        const peers = [first, second, third];
        for (const [seed, peer] of peers.entries())
          peer.start(
            ({ kept }, how) => {
              const vp = kept.get('vp')!;
              for (let i = 0, x = how.seed; i < how.count; i++) {
                x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
                vp.set(how.masks[(x >> 16) % how.masks.length]!);
              }
              return how.count;
            },
            { masks, count, seed },
          );
        assert.equal(await Promise.all(peers.map((peer) => peer.result())), [count, count, count]);
      }),
    ),
  );
  vp.set(EPOLLPRI);
  assert.is(pollNow(vp.fd), EPOLLPRI);
}

onTcp('three processes go between HUP and ERR without a pause: none is refused', async () => {
  await storm([EPOLLHUP, EPOLLERR], 1500);
});

onTcp('three processes end a connection, make another and use it without a pause: none is refused', async () => {
  await storm([ENDED, EPOLLERR], STORM);
  await storm([ENDED, EPOLLPRI], STORM);
  await storm([ENDED, EPOLLERR, 0], STORM);
  await storm([EPOLLHUP, EPOLLERR, EPOLLPRI, EPOLLIN | EPOLLRDHUP | 0x40, ENDED, 0, 0x14f], STORM);
});

onTcp('a token that was made before a new connection still serves', async () => {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  const { stdio, env, token } = vp.share();
  vp.set(EPOLLHUP);
  vp.set(EPOLLPRI);
  await Peer.with({ fds: stdio, env }, async (peer) => {
    assert.is(await peer.run(({ vpoll, kept }) => (kept.set('vp', vpoll.VPoll.attach()), kept.get('vp')!.events)), EPOLLPRI);
    await peer.run(({ kept }) => {
      kept.get('vp')!.set(0xa);
    });
    assert.is(vp.events, EPOLLPRI | EPOLLERR);
  });
  using copy = VPoll.attach(token);
  copy.set(EPOLLIN);
  assert.is(vp.events, 0x41);
});

onTcp('the maker ends; who has attached goes on', async () => {
  const vp = VPoll.create({ backend: 'tcp', passing: true });
  await attached(vp, async (peer) => {
    vp.close();
    const shown = await peer.run(({ kept, libc }) => {
      const mine = kept.get('vp')!;
      return [0xf, 0, 0x10, 0x2001, 0xa].map((mask) => (mine.set(mask), libc.pollNow(mine.fd)));
    });
    assert.equal(shown, [0x14f, 0, 0x10, 0x2041, 0xa]);
  });
});

test.run();

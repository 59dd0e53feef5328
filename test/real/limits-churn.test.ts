// SPDX-License-Identifier: LGPL-2.1-or-later

// 100,000 times create and close: no descriptor and no memory is left behind.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Peer } from './support/with-peer.js';

/** A young generation that may not grow, so that what grows is ours. */
const options = { gc: true, smallHeap: true };
const ROUNDS = 100_000;
/** What a heap may differ by after a collection. A leak of 48 bytes a vpoll would be more. */
const SLACK_KIB = 4 * 1024;

test('100,000 vpolls, one after the other', async () => {
  await Peer.with(options, async (peer) => {
    const found = await peer.run(async ({ vpoll, libc }, rounds) => {
      // The engine gives memory back in its own time, the later the busier the machine.
      const settledKiB = async (): Promise<number> => {
        let least = Infinity;
        for (let i = 0; i < 10; i++) {
          gc!();
          await new Promise((resolve) => setTimeout(resolve, 20));
          least = Math.min(least, libc.rssKiB());
        }
        return least;
      };
      const churn = (count: number): void => {
        for (let i = 0; i < count; i++) {
          const vp = vpoll.VPoll.create({ backend: 'socketpair', events: i & 5, exclusive: (i & 2) !== 0 });
          vp.add(1);
          vp.close();
        }
      };
      churn(rounds / 2);
      // By now the runtime has opened what it needs for itself.
      const rssBefore = await settledKiB();
      const fdsBefore = libc.countFds();
      churn(rounds);
      return { fds: libc.countFds() - fdsBefore, rssKiB: (await settledKiB()) - rssBefore };
    }, ROUNDS);
    assert.is(found.fds, 0);
    assert.ok(found.rssKiB < SLACK_KIB, `${found.rssKiB} KiB more`);
  });
});

test.run();

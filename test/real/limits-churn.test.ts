// SPDX-License-Identifier: LGPL-2.1-or-later

// 100,000 times create and close: no descriptor and no memory is left behind.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKEND } from './support/backend.js';
import { Peer } from './support/with-peer.js';

/** A young generation that may not grow, so that what grows is ours. */
const nodeFlags = ['--expose-gc', '--max-semi-space-size=1'];
const ROUNDS = 100_000;
/** What a heap may differ by after a collection. A leak of 48 bytes a vpoll would be more. */
const SLACK_KIB = 4 * 1024;

test('100,000 vpolls, one after the other', async () => {
  await Peer.with({ nodeFlags }, async (peer) => {
    const found = await peer.run(
      async ({ vpoll, libc }, { backend, rounds }) => {
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
            const vp = vpoll.VPoll.create({ backend, events: i & 5, exclusive: (i & 2) !== 0 });
            vp.add(1);
            vp.close();
          }
        };
        churn(rounds / 2);
        const before = { fds: libc.countFds(), rss: await settledKiB() };
        churn(rounds);
        return { fds: libc.countFds() - before.fds, rssKiB: (await settledKiB()) - before.rss };
      },
      { backend: BACKEND, rounds: ROUNDS },
    );
    assert.is(found.fds, 0);
    assert.ok(found.rssKiB < SLACK_KIB, `${found.rssKiB} KiB more`);
  });
});

test.run();

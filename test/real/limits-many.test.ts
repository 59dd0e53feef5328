// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node

// 4,000 vpolls at once under `ulimit -n 8192`: each shows what it was told, and all of them go.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { BACKEND, FDS, IN, OUT } from './support/backend.js';
import { Peer } from './support/with-peer.js';

const RAISE = 'ulimit -n 8192';
const allowed = { name: RAISE, has: spawnSync('sh', ['-c', RAISE], { timeout: 10_000 }).status === 0 };

needs(test, allowed)('4,000 instances', async () => {
  await Peer.with({ before: ['sh', '-c', `${RAISE}; exec "$@"`, 'sh'] }, async (peer) => {
    await peer.settle();
    const found = await peer.run(
      ({ vpoll, libc }, { backend, shown }) => {
        const masks = [0, 1, 4, 5];
        vpoll.VPoll.create().close();
        const before = libc.countFds();
        const all = Array.from({ length: 4000 }, (_, i) => vpoll.VPoll.create({ backend, events: masks[i % 4] }));
        const during = libc.countFds();
        let wrong = all.filter((vp, i) => libc.pollNow(vp.fd) !== shown[i % 4]).length;
        all.forEach((vp, i) => {
          vp.set(masks[(i + 1) % 4]!);
        });
        wrong += all.filter((vp, i) => libc.pollNow(vp.fd) !== shown[(i + 1) % 4] || vp.events !== shown[(i + 1) % 4]).length;
        for (const vp of all.splice(0, 2000)) vp.close();
        wrong += all.filter((vp, i) => libc.pollNow(vp.fd) !== shown[(i + 1) % 4]).length;
        for (const vp of all.reverse()) vp.close();
        return { wrong, during: during - before, after: libc.countFds() - before };
      },
      { backend: BACKEND, shown: [0, IN, OUT, IN | OUT] },
    );
    assert.equal(found, { wrong: 0, during: 4000 * FDS, after: 0 });
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper, vm emulators/fuse, vm arm64/fuse

// Two processes that wake each other by two vpolls, again and again: a wake-up that is lost hangs them. VPOLL_LONG=1: 100,000 times.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN } from '../../src/index.js';
import { pollFor } from '../real/support/libc.js';
import { Child } from '../real/support/child.js';
import { create, withFuse } from './support/helper.js';

const COUNT = process.env.VPOLL_LONG === '1' ? 100_000 : 3000;

/** The other side: waits for 3 without a limit, clears it, and raises 4. By level or by edge. */
const ECHO = `
import os, select, struct, sys
count, edge = int(sys.argv[1]), int(sys.argv[2])
epoll = select.epoll()
epoll.register(3, select.EPOLLIN | (select.EPOLLET if edge else 0))
print('{"ready": true}', flush=True)
seen = 0
while seen < count:
    for fd, events in epoll.poll():
        # A wake-up without a key may come again for what was cleared: only what is set counts.
        if not struct.unpack('=Q', os.read(3, 8))[0] & 1: continue
        os.write(3, struct.pack('=II', 1, 2))
        os.write(4, struct.pack('=II', 1, 1))
        seen += 1
print('{"seen": %d}' % seen, flush=True)
sys.stdin.read()
`;

for (const edge of [0, 1]) {
  withFuse('python3')(`${COUNT} ping-pongs by ${edge ? 'edge' : 'level'}, and no wake-up is lost`, async () => {
    using there = create();
    using back = create();
    const child = new Child('python3', ['-c', ECHO, String(COUNT), String(edge)], { fds: [there.fd, back.fd] });
    try {
      assert.equal(await child.answer(), { ready: true });
      for (let i = 0; i < COUNT; i++) {
        there.add(EPOLLIN);
        // Blocks in poll(2), which the other side's request must end.
        assert.is(pollFor(back.fd, EPOLLIN, 20_000), EPOLLIN, `round ${i}`);
        back.delete(EPOLLIN);
      }
      assert.equal(await child.answer(), { seen: COUNT });
    } finally {
      await child.end();
    }
  });
}

test.run();

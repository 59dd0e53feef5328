// SPDX-License-Identifier: LGPL-2.1-or-later

// request(): what the C library asks of a file that is a vpoll by itself without its lock. So it may touch neither the memory nor the table.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { E, ERR, IN, OUT, PRI, RDHUP } from '../fake/abi.js';
import { createWorld, DEVICE, EVENTFD, FUSE, SOCKETPAIR, STRICT, TCP } from '../fake-host.js';

const [ADD, DEL, SET] = [1, 2, 3];

for (const [backend, features] of [
  [EVENTFD, { eventfd: 'ours' }],
  [DEVICE, { device: 'present' }],
  [FUSE, { fuse: 'served' }],
] as const) {
  test(`backend ${backend}: one call, the new mask, and no byte of the memory`, () => {
    const world = createWorld(features);
    const { core, host } = world;
    const fd = core.create(backend, OUT, 0, STRICT, 0);
    host.log.length = 0;
    const before = new Uint8Array(core.memory.buffer.slice(0));
    assert.is(core.request(fd, ADD, IN | PRI), IN | PRI | OUT);
    assert.is(core.request(fd, DEL, PRI | 0x4000), IN | OUT);
    assert.is(core.request(fd, SET, RDHUP), RDHUP);
    assert.is(core.request(fd, DEL, 0), RDHUP);
    assert.is(world.file(fd).poll(), RDHUP);
    assert.is(host.log.length, 4);
    assert.equal(new Uint8Array(core.memory.buffer), before);
  });
}

test('a file that is no vpoll is only asked, and so are those that have a hidden end', () => {
  const world = createWorld();
  const { core } = world;
  for (const backend of [SOCKETPAIR, TCP]) {
    const fd = core.create(backend, IN, 0, STRICT, 0);
    const shown = world.file(fd).poll();
    assert.is(core.request(fd, SET, 0), -E.EBADF);
    assert.is(world.file(fd).poll(), shown);
  }
  assert.is(core.request(99, ADD, IN), -E.EBADF);
});

test('what is no request is refused before any call', () => {
  const { core, host } = createWorld({ device: 'present' });
  const fd = core.create(DEVICE, 0, 0, STRICT, 0);
  host.log.length = 0;
  for (const [op, events] of [
    [0, IN],
    [4, IN],
    [-1, IN],
    [ADD, 0x4000],
    [SET, ERR | 0x20],
  ] as const)
    assert.is(core.request(fd, op, events), -E.EINVAL);
  assert.equal(host.log, []);
});

test.run();

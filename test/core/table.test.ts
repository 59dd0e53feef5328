// SPDX-License-Identifier: LGPL-2.1-or-later

// The fd table: any number in one step, up to 100,000 entries and beyond, while the wasm memory moves under it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, CLOSEST, EBADF, ENOMEM, EXCLUSIVE, IN, make, SOCKETPAIR } from './support.js';

test('100,000 vpolls at once: each is found, and keeps its own options and ends', () => {
  const { kernel, core } = make();
  kernel.limit = 1 << 20;
  const before = core.memory.buffer;
  const fds: number[] = [];
  for (let i = 0; i < 100_000; i++) {
    kernel.lowest = 3 + 2 * i;
    fds.push(core.create(SOCKETPAIR, 0, 0, i % 2 ? CLOSEST : EXCLUSIVE, 0));
    kernel.log.length = 0;
  }
  assert.is(before.byteLength, 0, 'the memory never moved');
  assert.is(new Set(fds).size, 100_000);
  for (const [i, fd] of fds.entries()) {
    if (i % 997) continue;
    assert.is(core.options(fd), i % 2 ? CLOSEST : EXCLUSIVE);
    assert.is(core.peer(fd), fd + 1);
    assert.is(core.ctl(fd, core.generation(fd), ADD, 1), 0);
    assert.is(kernel.shown(fd), IN);
  }
  for (const fd of fds) {
    assert.is(core.close(fd, 0), 0);
    kernel.log.length = 0;
  }
  assert.is(kernel.fds.size, 0);
});

test('a high number costs no search: 32 bytes of address space a descriptor', () => {
  const { kernel, core } = make();
  kernel.limit = 1 << 24;
  kernel.lowest = 1_000_000;
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  assert.is(fd, 1_000_000);
  assert.ok(core.memory.buffer.byteLength < 33 * 1_000_000 + (1 << 20));
  assert.is(core.ctl(fd, 0, ADD, 1), 0);
  assert.is(core.ctl(fd - 1, 0, ADD, 1), -EBADF);
});

test('memory that can not grow: ENOMEM, and both descriptors are closed again', () => {
  const { kernel, core } = make();
  kernel.limit = 2 ** 31;
  // The table would need more than the 4 GB that a wasm memory can have.
  kernel.lowest = 2 ** 27 + 1;
  assert.is(core.create(SOCKETPAIR, 0, 0, 0, 0), -ENOMEM);
  assert.is(kernel.fds.size, 0);
  kernel.lowest = 3;
  assert.ok(core.create(SOCKETPAIR, 0, 0, 0, 0) >= 0);
});

test('a generation belongs to one vpoll', () => {
  const { core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const generation = core.generation(fd);
  assert.ok(generation > 0);
  assert.is(core.events(fd, generation), 0);
  assert.is(core.events(fd, generation + 1), -EBADF);
  core.close(fd, generation);
  assert.is(core.generation(fd), 0);
  const next = core.create(SOCKETPAIR, 0, 0, 0, 0);
  assert.is(next, fd);
  assert.is.not(core.generation(next), generation);
});

test('a hundred thousand times create and close: the table does not grow', () => {
  const { kernel, core } = make();
  core.close(core.create(SOCKETPAIR, 0, 0, 0, 0), 0);
  const size = core.memory.buffer.byteLength;
  for (let i = 0; i < 100_000; i++) {
    core.close(core.create(SOCKETPAIR, 1, 0, 0, 0), 0);
    kernel.log.length = 0;
  }
  assert.is(core.memory.buffer.byteLength, size);
  assert.is(kernel.fds.size, 0);
});

test.run();

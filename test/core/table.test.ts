// SPDX-License-Identifier: LGPL-2.1-or-later

// The table: high numbers, generations, copies, and a memory that grows.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, HUP, IN, OUT, SET } from '../fake/abi.js';
import { AUTO, createWorld, DEVICE, EVENTFD, EXCLUSIVE, LOOK, SOCKETPAIR, STRICT, TAKE } from '../fake-host.js';
import { CARRIERS, start } from './support/states.js';

test('numbers up to 100,000 and beyond work, and neighbours stay as they are', () => {
  for (const carrier of CARRIERS) {
    const { world, fd: low } = start(carrier, 0, STRICT);
    const { core, process } = world;
    const fds = [100, 2047, 2048, 65535, 65536, 99_999, 100_000, 1_000_000].map((floor) => {
      process.floor = floor;
      const fd = core.create(carrier.backend, 0, 0, STRICT, 0);
      assert.ok(fd >= floor);
      return fd;
    });
    for (const [i, fd] of fds.entries()) assert.is(core.ctl(fd, core.generation(fd), SET, i % 2 ? IN : OUT), 0);
    for (const [i, fd] of fds.entries()) assert.is(core.events(fd, 0) & (IN | OUT), i % 2 ? IN : OUT);
    assert.is(core.events(low, 0), 0);
    assert.is(new Set([low, ...fds].map((fd) => core.generation(fd))).size, fds.length + 1);
    for (const fd of fds) assert.is(core.close(fd, 0), 0);
    assert.is(core.ctl(low, 0, ADD, IN), 0);
    assert.is(core.close(low, 0), 0);
    assert.equal(world.open(), []);
  }
});

test('the memory grows under a host that looked at it before, and nothing is lost', () => {
  const world = createWorld();
  const { core, process } = world;
  const fds: number[] = [];
  const buffers = new Set<unknown>();
  for (let n = 0; n < 50; n++) {
    process.floor = 3 + n * 2048;
    fds.push(core.create(SOCKETPAIR, n % 2 ? IN : OUT, 0, EXCLUSIVE, 0));
    buffers.add(core.memory.buffer);
  }
  assert.ok(buffers.size > 30, `${buffers.size} buffers`);
  for (const [n, fd] of fds.entries()) {
    assert.is(core.events(fd, 0), world.file(fd).poll());
    assert.is(core.events(fd, 0) & (IN | OUT), n % 2 ? IN : OUT);
  }
});

test('the memory that is grown by someone else in the midst of a request is looked up again', () => {
  const world = createWorld();
  const { core, host } = world;
  host.onCall = () => void core.memory.grow(1);
  const fd = core.create(SOCKETPAIR, IN, 0, STRICT, 0);
  assert.is(core.ctl(fd, 0, SET, OUT), 0);
  assert.is(core.events(fd, 0), 0x304);
  assert.is(core.close(fd, 0), 0);
  assert.equal(world.open(), []);
});

test('a number that no memory has room for: ENOMEM, both descriptors closed, and no call to blame', () => {
  for (const carrier of CARRIERS) {
    const { world, fd } = start(carrier, IN_STATE[carrier.backend]!, STRICT);
    world.process.floor = 200_000_000;
    assert.is(world.core.create(carrier.backend, 0, 0, STRICT, 0), -E.ENOMEM, carrier.name);
    assert.is(world.core.failed(), -1);
    assert.equal(
      world.open().filter((open) => open >= 200_000_000),
      [],
    );
    assert.is(world.core.events(fd, 0), IN_STATE[carrier.backend]);
    world.process.floor = 3;
    assert.ok(world.core.create(carrier.backend, 0, 0, STRICT, 0) >= 0);
  }
});

const IN_STATE = [0, IN, IN, IN, 0x41, 0x41];

test('a number that no memory has room for can be neither adopted nor attached', () => {
  const world = createWorld();
  const { core, process } = world;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const other = world.kernel.socketpair();
  process.floor = 200_000_000;
  const a = process.install(other[0]);
  const b = process.install(other[1]);
  const open = world.open();
  assert.is(core.attach(a, b, BigInt(other[0].ino), BigInt(other[1].ino), STRICT, TAKE), -E.ENOMEM);
  assert.is(core.ctl(process.dup2(fd, 200_000_005), 0, ADD, IN), -E.EBADF);
  assert.equal(world.open(), [...open, 200_000_005]);
});

test('a stale generation is EBADF and makes no call, also when the number is a vpoll again', () => {
  for (const carrier of CARRIERS) {
    const { world, fd } = start(carrier, 0, STRICT);
    const { core, host } = world;
    const old = core.generation(fd);
    assert.is(core.close(fd, old), 0);
    assert.is(core.create(carrier.backend, 0, 0, STRICT, 0), fd);
    assert.is.not(core.generation(fd), old);
    world.forget();
    for (const op of [ADD, DEL, SET]) assert.is(core.ctl(fd, old, op, IN), -E.EBADF);
    assert.is(core.events(fd, old), -E.EBADF);
    assert.is(core.supports(fd, old, IN), -E.EBADF);
    assert.is(core.close(fd, old), -E.EBADF);
    assert.is(core.backend(fd, old), AUTO);
    assert.equal(host.log, []);
    assert.is(core.failed(), -1);
    assert.is(core.ctl(fd, core.generation(fd), ADD, IN), 0);
  }
});

test('numbers that never were a vpoll are EBADF: closed, negative, someone else', () => {
  const world = createWorld({ eventfd: 'ours' });
  const { core, process } = world;
  const foreign = process.install(world.kernel.foreign('pipe'));
  for (const fd of [-1, -0x80000000, 0x7fffffff, 99, foreign]) {
    assert.is(core.ctl(fd, 0, ADD, IN), -E.EBADF, `${fd}`);
    assert.is(core.events(fd, 0), -E.EBADF);
    assert.is(core.close(fd, 0), -E.EBADF);
    assert.equal([core.generation(fd), core.backend(fd, 0), core.peer(fd), core.ino(fd)], [0, AUTO, -1, 0n]);
  }
  assert.equal(world.open(), [foreign]);
});

test('a dup is the same vpoll, and the hidden end lives as long as one of them is known and open', () => {
  const { world, fd } = start(CARRIERS.at(-1)!, 0, STRICT);
  const { core, process } = world;
  const copy = process.dup(fd);
  assert.is(core.ctl(copy, 0, ADD, IN), 0);
  assert.is(core.events(fd, 0), 0x41);
  assert.is(core.peer(copy), core.peer(fd));
  assert.is(core.close(fd, 0), 0);
  assert.is(world.file(copy).poll(), 0x41);
  assert.is(core.ctl(copy, 0, SET, OUT), 0);
  assert.is(world.file(copy).poll(), 0x304);
  assert.is(core.close(copy, 0), 0);
  assert.equal(world.open(), []);
});

test('a dup that outlives its number is found by the hidden end, which is still there', () => {
  const { world, fd } = start(CARRIERS.at(-1)!, 0, STRICT);
  const { core, process } = world;
  const copy = process.dup(fd);
  process.close(fd);
  assert.is(core.ctl(fd, 0, ADD, IN), -E.EBADF);
  assert.is(core.ctl(copy, 0, ADD, IN), 0);
  assert.is(world.file(copy).poll() & HUP, 0);
  assert.is(core.close(copy, 0), 0);
  assert.equal(world.open(), []);
});

test('many dups, closed in any order, leave nothing', () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
  ]) {
    const { world, fd } = start(CARRIERS.at(-1)!, 0, STRICT);
    const fds = [fd, ...[1, 2, 3].map(() => world.process.dup(fd))];
    for (const one of fds) assert.is(world.core.ctl(one, 0, ADD, IN), 0);
    for (const [i, n] of order.entries()) {
      assert.is(world.core.close(fds[n]!, 0), 0);
      for (const left of order.slice(i + 1)) assert.is(world.file(fds[left]!).poll(), 0x41);
    }
    assert.equal(world.open(), []);
  }
});

test('dups of a vpoll file are adopted, each closed by itself', () => {
  const world = createWorld({ eventfd: 'ours' });
  const { core, process } = world;
  const fd = core.create(EVENTFD, IN, 0, STRICT, 0);
  const copy = process.dup(fd);
  assert.is(core.ctl(copy, 0, ADD, OUT), 0);
  assert.is(core.backend(copy, 0), EVENTFD);
  assert.is(core.close(fd, 0), 0);
  assert.is(core.events(copy, 0), IN | OUT);
  assert.is(core.close(copy, 0), 0);
  assert.equal(world.open(), []);
});

test('a look for a backend opens it and closes it, and leaves the table as it is', () => {
  for (const [backend, features] of [
    [EVENTFD, { eventfd: 'ours' }],
    [EVENTFD, { eventfd: 'reference' }],
    [DEVICE, { device: 'present' }],
  ] as const) {
    const world = createWorld(features);
    const { core, process } = world;
    const stale = core.create(SOCKETPAIR, IN, 0, STRICT, 0);
    const generation = core.generation(stale);
    process.close(stale);
    const open = world.open();
    assert.is(core.create(backend, 0, 0, LOOK, 0), 0);
    assert.equal(world.open(), open);
    assert.is(core.generation(stale), generation);
    assert.is(core.reason(backend), 0);
  }
  const { core } = createWorld();
  for (const backend of [EVENTFD, DEVICE]) assert.ok(core.create(backend, 0, 0, LOOK, 0) < 0);
});

test.run();

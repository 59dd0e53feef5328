// SPDX-License-Identifier: LGPL-2.1-or-later

// Several owners of one vpoll: processes, Workers (each with a core of its own) and objects of one core. Each owns its descriptors, and
// closes those alone.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, E, IN, OUT, RDNORM } from '../fake/abi.js';
import { COPY, createWorld, DEVICE, EVENTFD, FUSE, SOCKETPAIR, STRICT, TAKE, World } from '../fake-host.js';
import { FOREIGN_KINDS } from '../fake/vpollfile.js';

/** A vpoll and a second owner of it in the same core, with descriptors of its own. */
function twoOwners(): { world: World; first: number; second: number } {
  const world = createWorld();
  const { core } = world;
  const first = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const second = core.attach(first, core.peer(first), core.ino(first), core.peerIno(first), STRICT, COPY);
  assert.is.not(second, first);
  return { world, first, second };
}

test('two owners of one vpoll: each closes what is its own, in either order, and the other goes on', () => {
  for (const order of [0, 1]) {
    const { world, first, second } = twoOwners();
    const [gone, left] = order === 0 ? [first, second] : [second, first];
    assert.is(world.core.close(gone, 0), 0);
    assert.is(world.open().length, 2);
    assert.is(world.core.ctl(left, 0, ADD, IN), 0);
    assert.is(world.core.events(left, 0), IN | RDNORM);
    assert.is(world.core.close(left, 0), 0);
    assert.equal(world.open(), []);
  }
});

test('two owners and a dup of one, closed in every order: nothing is left open', () => {
  for (const order of [0, 1, 2, 3, 4, 5]) {
    const { world, first, second } = twoOwners();
    const dup = world.process.dup(first);
    assert.is(world.core.ctl(dup, 0, ADD, IN), 0);
    const rest = [first, second, dup];
    const [a] = rest.splice(order % 3, 1);
    const [b] = rest.splice(order >> 2 ? 1 : 0, 1);
    for (const fd of [a!, b!, ...rest]) {
      assert.is(world.core.events(fd, 0), IN | RDNORM);
      assert.is(world.core.close(fd, 0), 0);
    }
    assert.equal(world.open(), []);
  }
});

test("inherited descriptors are taken once; a Worker's core gets copies", () => {
  const parent = createWorld();
  const { core } = parent;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const child = parent.fork();
  const worker = new World(child.kernel, child.process);
  const attach = (world: World, isCopy: number): number =>
    world.core.attach(fd, core.peer(fd), core.ino(fd), core.peerIno(fd), STRICT, isCopy);
  assert.is(attach(child, TAKE), fd);
  assert.is(attach(child, TAKE), -17);
  const others = [attach(child, COPY), attach(worker, COPY)] as const;
  assert.is(new Set([fd, ...others]).size, 3);
  assert.is(child.core.close(fd, 0), 0);
  assert.is(worker.core.ctl(others[1], 0, ADD, IN), 0);
  assert.is(child.core.events(others[0], 0), IN | RDNORM);
  assert.is(child.core.close(others[0], 0), 0);
  assert.is(worker.core.close(others[1], 0), 0);
  assert.equal(child.open(), []);
});

test('a bare descriptor: a vpoll of each kernel backend is recognised, whatever else is EBADF and stays as it is', () => {
  for (const [features, backend] of [
    [{ eventfd: 'ours' }, EVENTFD],
    [{ device: 'present' }, DEVICE],
  ] as const) {
    const parent = createWorld(features);
    const fd = parent.core.create(backend, IN, 0, STRICT, 0);
    const child = parent.fork();
    child.process.descriptors.get(fd)!.cloexec = false;
    assert.is(child.core.attach(fd, -1, 0n, 0n, STRICT, TAKE), fd);
    assert.is(child.core.backend(fd, 0), backend);
    assert.is(child.core.attach(fd, -1, 0n, 0n, STRICT, TAKE), -17);
    assert.is(child.core.ctl(fd, 0, ADD, OUT), 0);
    assert.is(parent.core.events(fd, 0), IN | OUT);
    const copy = child.core.attach(fd, -1, 0n, 0n, STRICT, COPY);
    assert.is(child.core.close(fd, 0), 0);
    assert.is(child.core.events(copy, 0), IN | OUT);
  }
  const world = createWorld();
  const socket = world.core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  assert.is(world.core.attach(socket, -1, 0n, 0n, STRICT, TAKE), -E.EBADF);
  for (const kind of FOREIGN_KINDS) {
    const file = world.replace(40, kind);
    for (const how of [TAKE, COPY]) assert.is(world.core.attach(40, -1, 0n, 0n, STRICT, how), -E.EBADF);
    assert.equal(file.touches, []);
  }
});

test("a vpoll file under the number of a socket that was closed behind our back is nobody's yet, and can be taken", () => {
  const world = createWorld({ device: 'present', fuse: 'served' });
  const { core, process } = world;
  for (const backend of [DEVICE, FUSE]) {
    const file = core.create(backend, 0, 0, STRICT, 0);
    const stale = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
    process.place(stale, world.file(file));
    assert.is(core.attach(stale, -1, 0n, 0n, STRICT, TAKE), stale);
    assert.is(core.backend(stale, 0), backend);
    for (const fd of [file, stale]) core.close(fd, 0);
  }
});

test.run();

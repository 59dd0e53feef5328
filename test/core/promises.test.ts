// SPDX-License-Identifier: LGPL-2.1-or-later

// Promises that the core once broke, each as the smallest sequence of calls that showed it. And, as `limit: ...`, the corners where
// docs/decisions/003 says that it can't do better.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, HUP, IN, OUT, PRI, RDHUP, RDNORM, SET, WRNORM } from '../fake/abi.js';
import { AUTO, CLOSEST, createWorld, DEVICE, EVENTFD, EXCLUSIVE, SOCKETPAIR, STRICT, TAKE, TCP } from '../fake-host.js';

test('attach of a vpoll that the table already has: EEXIST, and its hidden end stays open', () => {
  const world = createWorld();
  const { core } = world;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  assert.is(core.attach(fd, core.peer(fd), core.ino(fd), core.peerIno(fd), 0, TAKE), -17);
  assert.is(world.file(fd).poll() & HUP, 0);
});

test('attach by a dup of a vpoll of this process: the first close leaves the other one working', () => {
  const world = createWorld();
  const { core } = world;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const copy = world.process.dup(fd);
  assert.is(core.attach(copy, core.peer(fd), core.ino(fd), core.peerIno(fd), 0, TAKE), -17);
  assert.is(core.close(fd, 0), 0);
  assert.is(world.file(copy).poll() & HUP, 0);
});

test('attach of a number that was a vpoll file and is a pipe now: EBADF, and the pipe stays as it is', () => {
  const world = createWorld({ eventfd: 'ours' });
  const fd = world.core.create(EVENTFD, 0, 0, STRICT, 0);
  const pipe = world.replace(fd, 'pipe');
  assert.is(world.core.attach(fd, -1, 0n, 0n, 0, TAKE), -E.EBADF);
  assert.equal(pipe.touches, []);
});

test('a new vpoll file under the number of a closed socketpair: the old hidden end is closed', () => {
  const world = createWorld();
  const { core, process } = world;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  process.close(fd);
  world.kernel.features.device = 'present';
  assert.is(core.create(DEVICE, 0, 0, STRICT, 0), fd);
  assert.equal(world.open(), [fd]);
});

test('a dup over the number of another vpoll: that one is not left without a way to close its hidden end', () => {
  const world = createWorld();
  const { core, process } = world;
  const first = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const second = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  const hidden = core.peer(first);
  const child = process.fork();
  process.dup2(second, first);
  assert.is(core.ctl(first, 0, ADD, IN), 0);
  child.exit();
  // Everything that the core knows is closed, so nothing may stay.
  core.close(first, 0);
  core.close(second, 0);
  assert.not(world.open().includes(hidden));
});

test('the device backend makes close-on-exec descriptors only where asked to', () => {
  const world = createWorld({ device: 'present' });
  const fd = world.core.create(DEVICE, 0, 0, STRICT, 0);
  assert.is(world.process.descriptors.get(fd)!.cloexec, false);
});

test('limit: a vpoll of the reference kernel can not be closed while no descriptor is free for a look, and is not lost', () => {
  const world = createWorld({ eventfd: 'reference' });
  const fd = world.core.create(EVENTFD, 0, 0, STRICT, 0);
  world.process.limit = 1;
  assert.is(world.core.close(fd, 0), -E.EMFILE);
  world.process.limit = 100;
  assert.is(world.core.close(fd, 0), 0);
});

test('a dup of a vpoll of the reference kernel is the same vpoll', () => {
  const world = createWorld({ eventfd: 'reference' });
  const fd = world.core.create(EVENTFD, 0, 0, STRICT, 0);
  assert.is(world.core.ctl(world.process.dup(fd), 0, ADD, IN), 0);
});

test('on the reference kernel without /proc, auto takes the next backend', () => {
  const world = createWorld({ eventfd: 'reference', proc: false });
  assert.ok(world.core.create(AUTO, 0, 0, STRICT, 0) >= 0);
});

test('a kernel whose flag 2 of eventfd means something else is not taken for a vpoll, whatever the events', () => {
  const world = createWorld({ eventfd: 'plain' });
  const fd = world.core.create(AUTO, IN | OUT, 0, STRICT, 0);
  assert.is(world.core.backend(fd, 0), TCP);
});

test('ADD of RDNORM alone, which is shown already, is an edge for it', () => {
  const world = createWorld();
  const fd = world.core.create(SOCKETPAIR, IN, 0, STRICT, 0);
  world.forget();
  assert.is(world.core.ctl(fd, 0, ADD, RDNORM), 0);
  assert.ok(world.file(fd).woke(RDNORM));
});

test('ADD of WRNORM alone, which is shown already, is an edge for it', () => {
  const world = createWorld();
  const fd = world.core.create(SOCKETPAIR, OUT, 0, STRICT, 0);
  world.forget();
  assert.is(world.core.ctl(fd, 0, ADD, WRNORM), 0);
  assert.ok(world.file(fd).woke(WRNORM));
});

test('after ENOTRECOVERABLE an exclusive vpoll tells the mask that it shows', () => {
  const world = createWorld();
  const { core, host } = world;
  const fd = core.create(SOCKETPAIR, IN, 0, EXCLUSIVE, 0);
  host.fail({ name: 'setsockopt', nth: 1, errno: E.ENOMEM, always: true });
  host.fail({ name: 'send', nth: 1, errno: E.ENOBUFS, always: true });
  assert.is(core.ctl(fd, 0, SET, OUT), -E.ENOTRECOVERABLE);
  assert.is(core.events(fd, 0), world.file(fd).poll());
});

for (const backend of [SOCKETPAIR, TCP]) {
  test(`after ENOTRECOVERABLE an exclusive vpoll on ${backend === TCP ? 'tcp' : 'a socketpair'} whose mask could not be asked for is asked later`, () => {
    const world = createWorld();
    const { core, host } = world;
    const fd = core.create(backend, IN, 0, EXCLUSIVE, 0);
    host.fail({ name: 'poll', nth: 1, errno: E.EFAULT, always: true });
    host.fail({ name: 'setsockopt', nth: backend === TCP ? 2 : 1, errno: E.ENOMEM, always: true });
    host.fail({ name: 'send', nth: 1, errno: E.ENOBUFS, always: true });
    assert.is(core.ctl(fd, 0, SET, backend === TCP ? OUT | PRI : OUT), -E.ENOTRECOVERABLE);
    host.heal();
    assert.is(core.events(fd, 0), world.file(fd).poll());
    assert.is(core.ctl(fd, 0, SET, IN), 0);
    assert.is(core.events(fd, 0), world.file(fd).poll());
  });
}

test('limit: a DEL that strict refuses takes away the ERR that the death of the hidden end has brought, and nothing else', () => {
  const world = createWorld();
  const fd = world.core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  world.process.close(world.core.peer(fd));
  const before = world.file(fd).poll();
  assert.is(world.core.ctl(fd, 0, DEL, IN), -E.EOPNOTSUPP);
  assert.is(world.file(fd).poll(), before & ~0x8);
});

test('limit: a close whose look at the hidden end fails leaves that one open', () => {
  const world = createWorld();
  const fd = world.core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  world.host.fail({ name: 'fstat', nth: 2, errno: E.ENOMEM });
  assert.is(world.core.close(fd, 0), 0);
  assert.is(world.open().length, 1);
});

test('limit: a dup that the core was never told of sees a hangup when the vpoll is closed', () => {
  const world = createWorld();
  const fd = world.core.create(SOCKETPAIR, 0, 0, CLOSEST, 0);
  const copy = world.process.dup(fd);
  assert.is(world.core.close(fd, 0), 0);
  assert.is(world.file(copy).poll() & HUP, HUP);
});

test('limit: a dup of a vpoll in HUP loses the hidden end when the first number was closed behind our back', () => {
  const world = createWorld();
  const { core, process } = world;
  const fd = core.create(SOCKETPAIR, IN | HUP | RDHUP, 0, STRICT, 0);
  const copy = process.dup(fd);
  process.close(fd);
  assert.is(core.ctl(fd, 0, ADD, OUT), -E.EBADF);
  assert.is(core.ctl(copy, 0, ADD, OUT), -E.EBADF);
  assert.is(world.file(copy).poll() & HUP, HUP);
});

test('limit: a sweep takes the hidden end of a vpoll in HUP, though it lives on in a child', () => {
  const world = createWorld();
  const { core, process } = world;
  const fd = core.create(SOCKETPAIR, IN | HUP | RDHUP, 0, STRICT, 0);
  const hidden = core.peer(fd);
  process.fork();
  process.close(fd);
  process.limit = 1;
  core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  assert.not.ok(world.open().includes(hidden));
});

test('two looks that fail for lack of memory do not take a vpoll out of the table', () => {
  const world = createWorld();
  const { core, host } = world;
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  host.fail({ name: 'fstat', nth: 1, errno: E.ENOMEM });
  host.fail({ name: 'fstat', nth: 2, errno: E.ENOMEM });
  core.ctl(fd, core.generation(fd), ADD, OUT);
  assert.is(core.ctl(fd, 0, ADD, OUT), 0);
});

test('on the reference kernel, fdinfo that can not be read for once does not take a vpoll out of the table', () => {
  const world = createWorld({ eventfd: 'reference' });
  const fd = world.core.create(EVENTFD, 0, 0, STRICT, 0);
  world.host.fail({ name: 'read', nth: 1, errno: E.EIO });
  world.core.ctl(fd, 0, ADD, IN);
  assert.is(world.core.ctl(fd, 0, ADD, IN), 0);
});

test.run();

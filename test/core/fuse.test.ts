// SPDX-License-Identifier: LGPL-2.1-or-later

// The fuse backend over the scripted kernel: a helper that was not started, serves, or has died.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { E, ERR, HUP, IN, PRI } from '../fake/abi.js';
import { FILE } from '../../src/fuse/policy.js';
import { AUTO, CAN_START, COPY, createWorld, FUSE, LOOK, STRICT, TAKE, TCP } from '../fake-host.js';

test('without a helper there is no fuse, and no call is made', () => {
  const { core, host } = createWorld();
  assert.is(core.create(FUSE, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
  assert.is(core.reason(FUSE), E.ENOENT);
  assert.equal(host.log, []);
});

test('a helper that was taken back is none', () => {
  const { core } = createWorld({ fuse: 'served' });
  core.close(core.create(FUSE, IN, 0, STRICT, 0), 0);
  core.lend(-1, -1);
  assert.is(core.create(FUSE, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
  assert.is(core.reason(FUSE), E.ENOENT);
});

test('where the file is known by its name, no path of /proc is used', () => {
  const { core, host, kernel, process } = createWorld({ fuse: 'served' });
  const folder = process.install(kernel.foreign('directory'), 0);
  core.lend(100_000, folder);
  const fd = core.create(FUSE, PRI, 0, STRICT, 0);
  assert.is(core.backend(fd, 0), FUSE);
  assert.is(core.events(fd, 0), PRI);
  assert.match(host.names(), /^openat /);
  assert.not.match(host.names(), /\bopen\b/);
  core.lend(100_000, -1);
  core.create(FUSE, PRI, 0, STRICT, 0);
  assert.match(host.names(), /\bopen\b/);
  assert.is(FILE, 'vpoll', 'as this kernel has it, and the core');
});

test('auto takes a helper that serves, also for needs', () => {
  const { core } = createWorld({ fuse: 'served' });
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), FUSE);
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, HUP), 0), FUSE);
  assert.is(core.backend(core.create(FUSE, 0, 0, STRICT, HUP), 0), FUSE);
});

test('a helper that dies between the open and the first request: the next backend serves, and nothing is left', () => {
  for (const errno of [E.ENOTCONN, E.ECONNABORTED]) {
    const world = createWorld({ fuse: 'served' });
    world.host.fail({ name: 'ioctl', nth: 1, errno });
    const fd = world.core.create(AUTO, IN, 0, STRICT, 0);
    assert.is(world.core.backend(fd, 0), TCP);
    assert.is(world.core.reason(FUSE), errno);
    const again = createWorld({ fuse: 'served' });
    again.host.fail({ name: 'ioctl', nth: 1, errno });
    assert.is(again.core.create(FUSE, IN, 0, CAN_START, 0), -E.ECHILD);
    assert.equal(again.open(), []);
  }
});

test('a dead helper: requests say ENOTCONN, close closes, and a create says why', () => {
  const world = createWorld({ fuse: 'served' });
  const { core, kernel } = world;
  const fd = core.create(FUSE, PRI, 0, STRICT, 0);
  kernel.features.fuse = 'dead';
  assert.is(world.file(fd).poll(), ERR);
  assert.is(core.ctl(fd, 0, 1, IN), -E.ENOTCONN);
  assert.is(core.events(fd, 0), -E.ENOTCONN);
  assert.is(core.supports(fd, 0, IN), -E.ENOTCONN);
  assert.is(core.attach(fd, -1, 0n, 0n, STRICT, COPY), -E.ENOTCONN);
  assert.is(core.create(FUSE, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
  assert.is(core.reason(FUSE), E.ENOTCONN);
  assert.is(core.close(fd, 0), 0);
  assert.equal(world.open(), []);
});

test('a number that became a foreign file is neither changed nor closed', () => {
  for (const kind of ['pipe', 'eventfd', 'null'] as const) {
    const world = createWorld({ fuse: 'served' });
    const { core } = world;
    const fd = core.create(FUSE, PRI, 0, STRICT, 0);
    const generation = core.generation(fd);
    const foreign = world.replace(fd, kind);
    assert.is(core.close(fd, generation), -E.EBADF);
    assert.equal(foreign.touches, []);
    assert.equal(world.open(), [fd]);
  }
});

test('a file of a helper that was inherited is taken up as one, and once', () => {
  const parent = createWorld({ fuse: 'served' });
  const fd = parent.core.create(FUSE, PRI, 0, STRICT, 0);
  const { core } = parent.fork();
  assert.is(core.attach(fd, -1, 0n, 0n, STRICT, TAKE), fd);
  assert.is(core.backend(fd, 0), FUSE);
  assert.is(core.attach(fd, -1, 0n, 0n, STRICT, TAKE), -E.EEXIST);
  assert.is(core.events(fd, 0), PRI);
  assert.is(core.ctl(fd, 0, 3, IN), 0);
  assert.is(parent.file(fd).poll(), IN);
  assert.is(core.close(fd, 0), 0);
  assert.is(parent.core.events(fd, 0), IN);
});

test('what fails after the open leaves nothing open, and its own call is blamed', () => {
  for (const [name, errno] of [
    ['ioctl', E.ENOMEM],
    ['fstat', E.ENOMEM],
  ] as const) {
    const world = createWorld({ fuse: 'served' });
    world.host.fail({ name, nth: 1, errno });
    assert.is(world.core.create(FUSE, PRI, 0, STRICT, 0), -errno);
    assert.ok(world.core.failed() >= 0);
    assert.equal(world.open(), []);
  }
});

test('0 is a number as good as others: a program without standard input', () => {
  const world = createWorld({ fuse: 'served' });
  const { core } = world;
  world.process.floor = 0;
  assert.is(core.create(FUSE, PRI, 0, STRICT, 0), 0);
  assert.is(core.create(FUSE, 0, 0, LOOK, 0), 0);
  assert.is(core.close(0, 0), 0);
  assert.equal(world.open(), []);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// What a create shows from the start, and what is refused before any call is made.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, IN, PRI, SET, SETTABLE } from '../fake/abi.js';
import { CLOSEST, createWorld, SOCKETPAIR, STRICT, TAKE, TCP } from '../fake-host.js';
import type { Call } from '../fake/host.js';
import type { Features } from '../fake/kernel.js';
import { CARRIERS, start } from './support/states.js';

test('initial events hold on every backend, from the first vpoll on', () => {
  for (const carrier of CARRIERS) {
    for (const state of carrier.states) {
      const { world, fd } = start(carrier, state, STRICT);
      assert.is(world.core.events(fd, 0), state);
      const second = world.core.create(carrier.backend, state, 0, carrier.options, 0);
      assert.is(world.file(second).poll(), state);
    }
  }
});

test('initial events that a socketpair lacks: strict refuses without a call, closest takes the nearest', () => {
  const { core, host, file } = bound({});
  assert.is(core.create(SOCKETPAIR, PRI, 0, STRICT, 0), -E.EOPNOTSUPP);
  assert.equal(host.log, []);
  assert.is(file(core.create(SOCKETPAIR, PRI | IN, 0, CLOSEST, 0)).poll(), 0x41);
});

test('a bit outside the eleven is EINVAL, and no call is made', () => {
  for (const carrier of CARRIERS) {
    const { world, fd } = start(carrier, IN_STATE[carrier.backend]!, CLOSEST);
    for (let bit = 1; bit !== 0; bit <<= 1) {
      if (bit & SETTABLE) continue;
      for (const mask of [bit, bit | IN]) {
        assert.is(world.core.create(carrier.backend, mask, 0, CLOSEST, 0), -E.EINVAL);
        assert.is(world.core.create(carrier.backend, 0, 0, CLOSEST, mask), -E.EINVAL);
        assert.is(world.core.ctl(fd, 0, ADD, mask), -E.EINVAL);
        assert.is(world.core.ctl(fd, 0, SET, mask), -E.EINVAL);
        assert.is(world.core.supports(fd, 0, mask), 0);
      }
      assert.is(world.core.failed(), -1);
      if (world.host.names().replace(/fstat ?/g, '') !== '') assert.is(world.host.names(), '', `bit ${bit}`);
      assert.is(world.core.ctl(fd, 0, DEL, bit), 0, `DEL ${bit}`);
      world.forget();
    }
    assert.is(world.file(fd).poll(), IN_STATE[carrier.backend]);
  }
});

/** A state with IN on each backend. */
const IN_STATE = [0, IN, IN, IN, 0x41, 0x41];

test('an unknown operation is EINVAL', () => {
  const { core, host } = bound({});
  const fd = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  host.log = [];
  for (const op of [0, 4, -1, 0x7fffffff, -0x80000000]) assert.is(core.ctl(fd, 0, op, IN), -E.EINVAL);
  assert.equal(host.log, []);
});

test('flags: FD_CLOEXEC, EFD_CLOEXEC and EFD_NONBLOCK, and nothing else', () => {
  for (const carrier of CARRIERS) {
    for (const flags of [1, 0x80000, 0x800, 0x80801]) {
      const world = createWorld(carrier.features);
      const fd = world.core.create(carrier.backend, 0, flags, STRICT, 0);
      assert.ok(fd >= 0, `${carrier.name} ${flags}`);
      const wanted = (flags & 0x80001) !== 0;
      assert.is(world.process.descriptors.get(fd)!.cloexec, wanted, `${carrier.name} ${flags}`);
      const made = world.host.log.find(({ name }) => ['eventfd', 'open', 'socketpair', 'socket'].includes(name))!;
      const given = carrier.backend === TCP ? world.host.log.findLast(isSocketOf(fd))!.args[1]! : made.args[1]!;
      assert.is(given & 0x800, flags & 0x800, `${carrier.name} ${flags}`);
    }
    for (let bit = 1; bit !== 0; bit <<= 1) {
      if (bit & 0x80801) continue;
      const world = createWorld(carrier.features);
      assert.is(world.core.create(carrier.backend, 0, bit, STRICT, 0), -E.EINVAL, `flag ${bit}`);
      assert.equal(world.host.log, []);
    }
  }
});

test('options and backends that are none are EINVAL', () => {
  const { core, host } = bound({});
  assert.is(core.create(SOCKETPAIR, 0, 0, 4, 0), -E.EINVAL);
  assert.is(core.create(6, 0, 0, 0, 0), -E.EINVAL);
  assert.is(core.create(-1, 0, 0, 0, 0), -E.EINVAL);
  assert.is(core.attach(3, 4, 1n, 2n, 8, TAKE), -E.EINVAL);
  assert.equal(host.log, []);
});

/** The call that has made the socket under this number: the last of those that did. */
function isSocketOf(fd: number): (call: Call) => boolean {
  return ({ name, result }) => name === 'socket' && result === fd;
}

function bound(features: Partial<Features>) {
  const world = createWorld(features);
  const { core, host, kernel } = world;
  return { core, host, kernel, open: () => world.open(), file: (fd: number) => world.file(fd) };
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// Which backend a new vpoll gets, and what is refused before any call is made.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, ERR, HUP, IN, OUT, PRI, RDHUP, SET, SETTABLE } from '../fake/abi.js';
import { AUTO, CLOSEST, createWorld, DEVICE, EVENTFD, PASSING, SOCKETPAIR, STRICT, TAKE, TCP, TCP_FIRST } from '../fake-host.js';
import type { Call } from '../fake/host.js';
import type { Features } from '../fake/kernel.js';
import { CARRIERS, start } from './support/states.js';

function backendOf(features: Partial<Features>, events = 0, needs = 0, options = STRICT): number {
  const { core } = createWorld(features);
  const fd = core.create(AUTO, events, 0, options, needs);
  return fd < 0 ? fd : core.backend(fd, 0);
}

test('auto takes eventfd, else the device, else a socketpair', () => {
  assert.is(backendOf({ eventfd: 'ours', device: 'present' }), EVENTFD);
  assert.is(backendOf({ eventfd: 'reference', device: 'present' }), EVENTFD);
  assert.is(backendOf({ device: 'present' }), DEVICE);
  assert.is(backendOf({ device: 'absent' }), SOCKETPAIR);
  assert.is(backendOf({ device: 'denied' }), SOCKETPAIR);
  assert.is(backendOf({ device: 'foreign' }), SOCKETPAIR);
  assert.is(backendOf({ eventfd: 'plain' }), SOCKETPAIR);
});

test('a policy never chooses the carrier', () => {
  for (const policy of [STRICT, CLOSEST, PASSING, CLOSEST | PASSING]) {
    assert.is(backendOf({}, 0, 0, policy), SOCKETPAIR);
    assert.is(backendOf({}, 0, 0, policy | TCP_FIRST), TCP);
    assert.is(backendOf({}, 0, PRI, policy), TCP);
    for (const order of [0, TCP_FIRST]) assert.is(backendOf({}, 0, IN, policy | order), SOCKETPAIR);
  }
});

test('as C programs ask, tcp comes before a socketpair, and a socketpair where loopback is down', () => {
  const { core, kernel } = bound({});
  const make = (): number => core.backend(core.create(AUTO, 0, 0, TCP_FIRST, 0), 0);
  assert.is(make(), TCP);
  kernel.features.loopback = false;
  // What has been seen to work is not tried again; a core that has never seen it is told.
  const other = bound({ loopback: false });
  assert.is(other.core.backend(other.core.create(AUTO, 0, 0, TCP_FIRST, 0), 0), SOCKETPAIR);
  assert.is(other.core.reason(TCP), E.ENETUNREACH);
  assert.is(other.core.create(TCP, 0, 0, CLOSEST, 0), -E.EOPNOTSUPP);
  other.kernel.features.loopback = true;
  assert.is(other.core.backend(other.core.create(TCP, 0, 0, CLOSEST, 0), 0), TCP);
  assert.is(other.core.reason(TCP), 0);
});

/** Whether the next carrier is asked when the first call of one gives this errno: what it says of the carrier and not of the moment leads on. */
const LEADS_ON = {
  EPERM: true,
  EACCES: true,
  EINVAL: true,
  ENOSYS: true,
  EAFNOSUPPORT: true,
  // Too little of what every carrier takes.
  EMFILE: false,
  ENFILE: false,
  ENOMEM: false,
  ENOBUFS: false,
  // A call of ours that came back to us: libc is diverted to the library.
  EDEADLK: false,
} as const satisfies Partial<Record<keyof typeof E, boolean>>;

test('an error that says nothing about a carrier is told, and never hidden by another carrier', () => {
  const carriers = [
    { call: 'eventfd', first: EVENTFD, next: DEVICE, features: { eventfd: 'ours', device: 'present' } },
    { call: 'open', first: DEVICE, next: TCP, features: { device: 'present' } },
    { call: 'socket', first: TCP, next: SOCKETPAIR, features: {} },
  ] as const;
  for (const { call, first, next, features } of carriers) {
    for (const [errno, leadsOn] of Object.entries(LEADS_ON)) {
      const { core, host, open } = bound(features);
      host.fail({ name: call, nth: 1, errno: E[errno as keyof typeof LEADS_ON], always: true });
      const status = core.create(AUTO, 0, 0, CLOSEST | TCP_FIRST, 0);
      const got = status < 0 ? -status : core.backend(status, 0);
      assert.is(got, leadsOn ? next : E[errno as keyof typeof LEADS_ON], `${call}: ${errno}`);
      if (leadsOn) continue;
      assert.equal(open(), []);
      host.heal();
      assert.is(core.backend(core.create(AUTO, 0, 0, CLOSEST | TCP_FIRST, 0), 0), first, `${call}: after ${errno}`);
    }
  }
});

test('a device of someone else is closed again, and nothing but an ioctl was tried on it', () => {
  const { core, host, open } = bound({ device: 'foreign' });
  assert.is(core.create(DEVICE, IN, 0, STRICT, 0), -E.EOPNOTSUPP);
  assert.is(host.names(), 'open ioctl close');
  assert.equal(open(), []);
});

test('a kernel without EFD_VPOLL is asked once, a device each time', () => {
  const { core, host, kernel } = bound({});
  core.create(AUTO, 0, 0, STRICT, 0);
  assert.is(
    host
      .names()
      .split(' ')
      .filter((name) => name === 'eventfd').length,
    1,
  );
  host.log = [];
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), SOCKETPAIR);
  assert.not.match(host.names(), 'eventfd');
  // insmod vpoll.ko
  kernel.features.device = 'present';
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), DEVICE);
  // rmmod: what is there stays as it is.
  kernel.features.device = 'absent';
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), SOCKETPAIR);
});

test('reason() tells why a backend was not there, and forgets it when it is', () => {
  const { core, kernel } = bound({ device: 'denied' });
  assert.equal(
    [EVENTFD, DEVICE, SOCKETPAIR].map((n) => core.reason(n)),
    [0, 0, 0],
  );
  core.create(AUTO, 0, 0, STRICT, 0);
  assert.equal(
    [EVENTFD, DEVICE, SOCKETPAIR].map((n) => core.reason(n)),
    [E.EINVAL, E.EACCES, 0],
  );
  kernel.features.device = 'foreign';
  core.create(AUTO, 0, 0, STRICT, 0);
  assert.is(core.reason(DEVICE), E.ENOTTY);
  kernel.features.device = 'absent';
  core.create(AUTO, 0, 0, STRICT, 0);
  assert.is(core.reason(DEVICE), E.ENOENT);
  kernel.features.device = 'present';
  core.create(AUTO, 0, 0, STRICT, 0);
  assert.is(core.reason(DEVICE), 0);
});

test('a backend that is asked for by number is the only one that is tried', () => {
  for (const backend of [EVENTFD, DEVICE]) {
    const { core, host } = bound({});
    assert.is(core.create(backend, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
    assert.is(host.log.length, 1);
    assert.not.match(host.names(), 'socketpair');
  }
  assert.is(bound({ eventfd: 'ours' }).core.create(SOCKETPAIR, 0, 0, STRICT, 0), 3);
});

test('needs leaves out the backends that lack a bit, without a call', () => {
  assert.is(backendOf({}, 0, IN | OUT), SOCKETPAIR);
  assert.is(backendOf({}, 0, IN | PRI), TCP);
  assert.is(backendOf({}, 0, IN | PRI | OUT | ERR), TCP);
  assert.is(backendOf({}, 0, HUP), -E.EOPNOTSUPP);
  for (const needs of [HUP, HUP | OUT | ERR]) assert.is(backendOf({}, 0, needs, PASSING), TCP);
  for (const needs of [RDHUP, HUP | IN, HUP | PRI]) assert.is(backendOf({}, 0, needs, PASSING), -E.EOPNOTSUPP);
  assert.is(backendOf({ loopback: false }, 0, PRI), -E.EOPNOTSUPP);
  assert.is(backendOf({ device: 'present' }, 0, PRI | ERR), DEVICE);
  const { core, host } = bound({});
  assert.is(core.create(SOCKETPAIR, 0, 0, CLOSEST, PRI), -E.EOPNOTSUPP);
  assert.is(core.reason(SOCKETPAIR), E.EOPNOTSUPP);
  assert.equal(host.log, []);
  for (const backend of [EVENTFD, DEVICE]) assert.is(core.gives(backend, SETTABLE, 0), 1);
});

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

test('an operation that is none is EINVAL', () => {
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
      // The device's is always set: bugs.test.ts.
      if (carrier.backend !== DEVICE) assert.is(world.process.descriptors.get(fd)!.cloexec, wanted, `${carrier.name} ${flags}`);
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

// SPDX-License-Identifier: LGPL-2.1-or-later

// Which backend a new vpoll gets.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { E, ERR, HUP, IN, OUT, PRI, RDHUP, SETTABLE } from '../fake/abi.js';
import {
  AUTO,
  CAN_START,
  CLOSEST,
  createWorld,
  DEVICE,
  EVENTFD,
  FUSE,
  PASSING,
  SEED_ORDER,
  SOCKETPAIR,
  STRICT,
  TCP,
} from '../fake-host.js';
import type { Features } from '../fake/kernel.js';

function backendOf(features: Partial<Features>, events = 0, needs = 0, options = STRICT): number {
  const { core } = createWorld(features);
  const fd = core.create(AUTO, events, 0, options, needs);
  return fd < 0 ? fd : core.backend(fd, 0);
}

/** Machines, from one that has everything to one that has least. */
const ALL: Partial<Features> = { eventfd: 'ours', device: 'present', fuse: 'served' };
const MACHINES: readonly Partial<Features>[] = [
  ALL,
  { ...ALL, eventfd: 'plain' },
  { ...ALL, eventfd: 'plain', device: 'absent' },
  { loopback: true },
  { loopback: false },
];

test('auto takes the truest that is there: eventfd, device, fuse, tcp, socketpair', () => {
  assert.equal(
    MACHINES.map((features) => backendOf(features)),
    [EVENTFD, DEVICE, FUSE, TCP, SOCKETPAIR],
  );
  assert.is(backendOf({ eventfd: 'reference', device: 'present' }), EVENTFD);
  assert.is(backendOf({ device: 'denied' }), TCP);
  assert.is(backendOf({ device: 'foreign' }), TCP);
  assert.is(backendOf({ fuse: 'dead' }), TCP);
});

test('needs takes the cheapest that can: eventfd, device, socketpair, tcp, fuse', () => {
  assert.equal(
    MACHINES.map((features) => backendOf(features, 0, IN | OUT)),
    [EVENTFD, DEVICE, SOCKETPAIR, SOCKETPAIR, SOCKETPAIR],
  );
  assert.equal(
    MACHINES.map((features) => backendOf(features, 0, PRI)),
    [EVENTFD, DEVICE, TCP, TCP, -E.EOPNOTSUPP],
  );
  assert.equal(
    MACHINES.map((features) => backendOf(features, 0, HUP)),
    [EVENTFD, DEVICE, FUSE, -E.EOPNOTSUPP, -E.EOPNOTSUPP],
  );
});

test("the seed's order: eventfd, device, socketpair, and nothing else whatever is needed", () => {
  assert.equal(
    MACHINES.map((features) => backendOf(features, 0, 0, SEED_ORDER | CAN_START)),
    [EVENTFD, DEVICE, SOCKETPAIR, SOCKETPAIR, SOCKETPAIR],
  );
  assert.equal(
    MACHINES.map((features) => backendOf(features, 0, PRI, SEED_ORDER | CAN_START)),
    [EVENTFD, DEVICE, -E.EOPNOTSUPP, -E.EOPNOTSUPP, -E.EOPNOTSUPP],
  );
});

test('a policy never chooses the carrier', () => {
  for (const features of MACHINES) {
    for (const needs of [0, IN, PRI]) {
      const [first, ...others] = [STRICT, CLOSEST, PASSING, CLOSEST | PASSING].map((policy) =>
        backendOf(features, 0, needs, policy),
      );
      assert.ok(others.every((other) => other === first));
    }
  }
});

test('who can start a helper is told when its turn has come, and that is before what shows less or costs more', () => {
  for (const fuse of ['absent', 'dead'] as const) {
    assert.is(backendOf({ fuse }, 0, 0, CAN_START), -E.ECHILD);
    assert.is(backendOf({ fuse }, 0, HUP, CAN_START), -E.ECHILD);
    // Nothing is to be started for what something else shows, or does more cheaply.
    assert.is(backendOf({ fuse, eventfd: 'ours' }, 0, 0, CAN_START), EVENTFD);
    assert.is(backendOf({ fuse, device: 'present' }, 0, 0, CAN_START), DEVICE);
    assert.is(backendOf({ fuse }, 0, IN | OUT, CAN_START), SOCKETPAIR);
    assert.is(backendOf({ fuse }, 0, PRI, CAN_START), TCP);
    const { core, open } = bound({ fuse });
    assert.is(core.create(FUSE, 0, 0, CAN_START, 0), -E.ECHILD);
    assert.is(core.failed(), -1);
    assert.equal(open(), []);
  }
  assert.is(backendOf({ fuse: 'served' }, 0, 0, CAN_START), FUSE);
});

test('tcp comes before a socketpair, and a socketpair where loopback is down', () => {
  const { core, kernel } = bound({});
  const make = (): number => core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0);
  assert.is(make(), TCP);
  kernel.features.loopback = false;
  // What has been seen to work is not tried again; a core that has never seen it is told.
  const other = bound({ loopback: false });
  assert.is(other.core.backend(other.core.create(AUTO, 0, 0, STRICT, 0), 0), SOCKETPAIR);
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
    { call: 'open', first: FUSE, next: TCP, features: { fuse: 'served' } },
    { call: 'socket', first: TCP, next: SOCKETPAIR, features: {} },
  ] as const;
  for (const { call, first, next, features } of carriers) {
    for (const [errno, leadsOn] of Object.entries(LEADS_ON)) {
      const { core, host, open } = bound(features);
      host.fail({ name: call, nth: 1, errno: E[errno as keyof typeof LEADS_ON], always: true });
      const status = core.create(AUTO, 0, 0, CLOSEST, 0);
      const got = status < 0 ? -status : core.backend(status, 0);
      assert.is(got, leadsOn ? next : E[errno as keyof typeof LEADS_ON], `${call}: ${errno}`);
      if (leadsOn) continue;
      assert.equal(open(), []);
      host.heal();
      assert.is(core.backend(core.create(AUTO, 0, 0, CLOSEST, 0), 0), first, `${call}: after ${errno}`);
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
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), TCP);
  assert.not.match(host.names(), 'eventfd');
  // insmod vpoll.ko
  kernel.features.device = 'present';
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), DEVICE);
  // rmmod: what is there stays as it is.
  kernel.features.device = 'absent';
  assert.is(core.backend(core.create(AUTO, 0, 0, STRICT, 0), 0), TCP);
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
  // What it can't do on any machine is no reason why it wouldn't be on this one.
  assert.is(core.reason(SOCKETPAIR), 0);
  assert.equal(host.log, []);
  for (const backend of [EVENTFD, DEVICE]) assert.is(core.gives(backend, SETTABLE, 0), 1);
});

function bound(features: Partial<Features>) {
  const world = createWorld(features);
  const { core, host, kernel } = world;
  return { core, host, kernel, open: () => world.open(), file: (fd: number) => world.file(fd) };
}

test.run();

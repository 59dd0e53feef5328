// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// `vpoll doctor` finds out what a backend does by doing it: the matrix on this kernel, and exactly the one bit that a kernel lies about or that
// a carrier loses.

import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { getCore } from '../../src/core.js';
import { createBench } from '../../src/doctor/bench.js';
import { BITS, examine } from '../../src/doctor/examine.js';
import { EPOLLHUP, EPOLLPRI, formatEvents, Poller } from '../../src/index.js';
import { BACKENDS } from '../../src/backends.js';
import type { Bench, BitReport, Report } from '../../src/doctor/types.js';
import { openLibc } from '../../src/runtime.js';
import { CLOSEST, createWorld, EVENTFD } from '../fake-host.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { isHere } from './support/backend.js';
import { countFds, steadyCount } from './support/libc.js';

const onTcp = needs(test, { name: 'loopback', has: isHere('tcp') });
const NAMES = BITS.map((bit) => formatEvents(bit));

/** x exact, r reversible, w wakes, e edge. */
function letters({ exact, reversible, wakes, edge }: BitReport): string {
  return [exact && 'x', reversible && 'r', wakes && 'w', edge && 'e'].map((letter) => letter || '-').join('');
}

function matrix(bits: Record<string, BitReport>): Record<string, string> {
  return Object.fromEntries(Object.entries(bits).map(([name, bit]) => [name, letters(bit)]));
}

const ALL = Object.fromEntries(NAMES.map((name) => [name, 'xrwe']));
const NONE = { RDBAND: '----', MSG: '----' };
const ON_TCP = { ...ALL, ...NONE, RDNORM: '-rwe', WRNORM: '-rwe', WRBAND: '----', HUP: '--we', RDHUP: '--we' };
const ON_SOCKETPAIR = {
  ...{ ...ALL, ...NONE, PRI: '----', ERR: '----', HUP: '--we', RDHUP: '--we' },
  ...{ RDNORM: '-rwe', WRNORM: '-rwe', WRBAND: '-rwe' },
};

function doctor(...args: string[]): string {
  const options = { encoding: 'utf8', timeout: 120_000, env: { ...process.env, NO_COLOR: '1' } } as const;
  const { status, stdout, stderr } = spawnSync('node', [join(root, 'build/cli.js'), 'doctor', ...args], options);
  assert.is(status, 0, stderr);
  return stdout;
}

test('doctor --json: the matrix of this kernel, with what each costs and how to get the rest', () => {
  const { kernel, backends } = JSON.parse(doctor('--json')) as Report;
  assert.is(kernel, release());
  assert.equal(
    backends.map(({ name }) => name),
    BACKENDS.slice(1),
  );
  for (const { name, available, reason, remedy, bits, ctl_ns, wake_ns, fds } of backends) {
    if (!available) {
      assert.ok(reason);
      assert.ok(remedy);
      assert.equal([bits, ctl_ns, wake_ns, fds], [{}, null, null, null]);
      continue;
    }
    assert.equal(matrix(bits), name === 'tcp' ? ON_TCP : name === 'socketpair' ? ON_SOCKETPAIR : ALL, name);
    assert.ok(ctl_ns! > 0 && wake_ns! > 0);
    assert.is(fds, name === 'tcp' || name === 'socketpair' ? 2 : 1);
  }
  assert.ok(backends.some(({ available }) => available));
});

test('doctor: a line for each backend, and a remedy for each that is missing', () => {
  const text = doctor();
  for (const name of BACKENDS.slice(1)) assert.match(text, name);
  assert.match(text, release());
  if (!isHere('device')) assert.match(text, /device: not available: .*\n\s+to get it: .*vpoll\.ko/);
});

/** A bench over the fake kernel, where every bit is right unless `lie` changes what a poller is told. */
function fakeBench(lie: (events: number, how: 'poll' | 'level' | 'edge' | 'wake') => number): Bench {
  const world = createWorld({ eventfd: 'ours' });
  const { core } = world;
  const woken = (fd: number, interest: number, act: () => void): number => {
    world.forget();
    act();
    return world.file(fd).woke(interest) ? world.file(fd).poll() & interest : 0;
  };
  return {
    create: (backend) => core.create(backend, 0, 0, CLOSEST, 0),
    ctl: (fd, op, events) => core.ctl(fd, 0, op, events),
    close: (fd) => core.close(fd, 0),
    poll: (fd) => lie(world.file(fd).poll(), 'poll'),
    level: (fd, interest) => lie(world.file(fd).poll() & interest, 'level'),
    edges: (fd, interest, acts) => acts.map((act) => lie(woken(fd, interest, act), 'edge')),
    wake: (fd, interest, act) => Promise.resolve({ events: lie(woken(fd, interest, act), 'wake'), ns: 1 }),
  };
}

test('over a kernel that lies about nothing every bit is right', async () => {
  assert.equal(
    matrix(
      await examine(
        fakeBench((events) => events),
        EVENTFD,
      ),
    ),
    ALL,
  );
});

test('over a kernel that loses one bit, for one way to look, exactly that is marked', async () => {
  for (const bit of BITS) {
    for (const [how, marked] of [
      ['poll', '--we'],
      ['level', '-rwe'],
      ['edge', 'xrw-'],
      ['wake', 'xr-e'],
    ] as const) {
      const found = await examine(
        fakeBench((events, by) => (by === how ? events & ~bit : events)),
        EVENTFD,
      );
      assert.equal(matrix(found), { ...ALL, [formatEvents(bit)]: marked }, `${how} of ${formatEvents(bit)}`);
    }
  }
});

test('over a kernel that never takes one bit away, that bit is not reversible', async () => {
  const world = { stuck: 0 };
  const found = await examine(
    fakeBench((events, by) => {
      if (by !== 'poll') return events;
      if (events & EPOLLHUP) world.stuck = EPOLLHUP;
      if (events & ~EPOLLHUP) world.stuck = 0;
      return events | world.stuck;
    }),
    EVENTFD,
  );
  assert.equal(matrix(found), { ...ALL, HUP: 'x-we' });
});

onTcp('a tcp connection whose urgent byte is stolen shows no PRI, and all else as ever', async () => {
  // What a thread of Node's waits by, it keeps.
  const poller = Poller.create();
  await poller.wait({ timeoutMs: 1 });
  await poller[Symbol.asyncDispose]();
  const before = await steadyCount();
  const libc = openLibc();
  const recv = libc.func('recv', 'i32', 'ptr', 'len', 'i32');
  const room = new Uint8Array(8);
  const real = createBench(getCore());
  const found = await examine(
    {
      ...real,
      ctl(fd, op, events) {
        const status = real.ctl(fd, op, events);
        if (events & EPOLLPRI) recv(fd, libc.word(libc.address(room.buffer)), libc.word(1), 0x41);
        return status;
      },
    },
    BACKENDS.indexOf('tcp'),
  );
  assert.equal(matrix(found), { ...ON_TCP, PRI: '----' });
  real.end?.();
  // In Bun and Deno a thread waits, and closes what it had when it ends.
  for (let i = 0; i < 200 && countFds() > before; i++) await sleep(50);
  assert.is(countFds(), before);
});

test.run();

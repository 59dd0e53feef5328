// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: vm library/once

// The fake kernel's TCP connection against a real one over loopback: the same random calls, of those that the core makes, on both.
// Each must answer as the other does, and show the same to poll(2).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeSide, nameOf, RealSide, type Side } from '../host/support/side.js';
import { needs } from '../support/needs.js';
import { isHere } from '../real/support/backend.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

const DATA = 1024;
const VALUE = 32;
const POLLFD = 64;
const ADDRESS = 256;
const NO_WAIT = 0x4040;
const EOR = 0x80;
const OOB = 1;
const TRUNC = 0x20;
const ERRQUEUE = 0x2000;
const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const INTEREST = VPOLL_EVENTS;
/** Half the window that the smallest receive buffer gives. */
const CHUNK = 576;
const QUIET = 0x810;
const STAMPED = 0x910;

/** A connection as the tcp backend makes it. */
class Connection {
  readonly a: number;
  readonly b: number;

  constructor(readonly side: Side) {
    const { sys } = side;
    const listener = side.keep(side.inet());
    this.a = side.keep(side.inet());
    this.set(listener, SOL_SOCKET, 8, 1);
    side.view.setBigUint64(ADDRESS, 0x0100007f00000002n, true);
    sys.bind(listener, ADDRESS, 16);
    sys.listen(listener, 8);
    this.set(this.a, SOL_SOCKET, 18, 65536);
    this.set(this.a, IPPROTO_TCP, 25, 12000);
    side.view.setInt32(40, 16, true);
    sys.getsockname(listener, ADDRESS, 40);
    sys.connect(this.a, ADDRESS, 16);
    this.b = side.keep(sys.accept4(listener, ADDRESS, 40, 0x80800));
    this.set(this.a, SOL_SOCKET, 37, QUIET);
    for (let i = 0; i < 3; i++) this.send(this.a, CHUNK, EOR);
    this.set(this.a, SOL_SOCKET, 37, STAMPED);
    for (let i = 0; i < 17; i++) this.send(this.a, CHUNK, EOR);
    this.send(this.b, 1, 0);
  }

  set(fd: number, level: number, name: number, value: number): number {
    this.side.view.setInt32(VALUE, value, true);
    return this.side.sys.setsockopt(fd, level, name, VALUE, 4);
  }

  error(): number {
    this.side.view.setInt32(40, 4, true);
    this.side.sys.getsockopt(this.a, SOL_SOCKET, 4, VALUE, 40);
    return this.side.view.getInt32(VALUE, true);
  }

  send(fd: number, size: number, flags: number): number {
    return this.side.sys.send(fd, DATA, size, flags | NO_WAIT);
  }

  recv(fd: number, size: number, flags: number): number {
    return this.side.sys.recv(fd, DATA, size, flags | NO_WAIT);
  }

  disconnect(): number {
    this.side.view.setBigUint64(ADDRESS, 0n, true);
    return this.side.sys.connect(this.a, ADDRESS, 16);
  }

  shown(fd: number): number {
    this.side.view.setInt32(POLLFD, fd, true);
    this.side.view.setUint32(POLLFD + 4, INTEREST, true);
    this.side.sys.poll(POLLFD, 1, 0);
    return this.side.view.getUint16(POLLFD + 6, true);
  }
}

/** The calls of the backend. Those of the second list end the connection, and come late. */
const STEPS: [string, (c: Connection) => number][] = [
  ['IN on', (c) => c.set(c.a, SOL_SOCKET, 18, 1)],
  ['IN off', (c) => c.set(c.a, SOL_SOCKET, 18, 65536)],
  ['OUT on', (c) => c.set(c.a, IPPROTO_TCP, 25, 0x7fffffff)],
  ['OUT off', (c) => c.set(c.a, IPPROTO_TCP, 25, 12000)],
  ['PRI on', (c) => c.send(c.b, 1024, OOB)],
  ['PRI off', (c) => c.recv(c.a, 1, OOB)],
  ['B reads', (c) => c.recv(c.b, 16384, TRUNC)],
  ['A refills', (c) => c.send(c.a, CHUNK, EOR)],
  ['a stamp', (c) => c.recv(c.a, 1, ERRQUEUE)],
  ['how much', (c) => c.recv(c.a, 8192, 2 | TRUNC)],
  ['error', (c) => c.error()],
];
const LATE: typeof STEPS = [
  ...STEPS,
  ['shutdown', (c) => c.side.sys.shutdown(c.a, 0)],
  ['shutdown of both', (c) => c.side.sys.shutdown(c.a, 2)],
  ['disconnect', (c) => c.disconnect()],
];

function walk(real: Connection, fake: Connection, random: (n: number) => number): void {
  const done: string[] = [];
  let refills = 0;
  for (let i = 0; i < 40; i++) {
    const steps = i > 25 ? LATE : STEPS;
    const [name, step] = steps[random(steps.length)]!;
    // What OUT lets through must not grow without end.
    if (name === 'A refills' && refills++ > 2) continue;
    done.push(name);
    const [expected, got] = [step(real), step(fake)];
    if (nameOf(expected) !== nameOf(got) || (expected >= 0 && name !== 'B reads' && expected !== got)) {
      assert.is(got, expected, done.join(', '));
    }
    if (real.shown(real.a) !== fake.shown(fake.a)) {
      assert.is(fake.shown(fake.a).toString(16), real.shown(real.a).toString(16), done.join(', '));
    }
  }
}

needs(test, { name: 'loopback', has: isHere('tcp') })(
  '500 random walks over a TCP connection end alike on the fake kernel and on this one',
  () => {
    let seed = 42;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    const sides = [new RealSide(), new FakeSide()] as const;
    for (let i = 0; i < 500; i++) {
      walk(new Connection(sides[0]), new Connection(sides[1]), random);
      for (const side of sides) side.end();
    }
  },
);

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: a guest, vm files

// The fake kernel's vpoll file against this kernel's: the same random calls through the same boundary, and each must answer as the other
// does. What test/core shows of the eventfd and device backends over the fake one is worth as much as this.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHost } from '../../../host/linux/libc.js';
import type { HostFactory, Sys } from '../../../host/sys.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';
import { openLibc } from '../../../src/runtime.js';
import { FakeHost } from '../../fake/host.js';
import { Kernel, Process } from '../../fake/kernel.js';
import { BACKEND } from '../../real/support/backend.js';

const PATH = 64;
const POLLFD = 128;
const WORD = 192;
const O_RDWR_CLOEXEC = 0x80002;
const EFD_VPOLL_CLOEXEC = 0x80002;
const VPOLL_IOC = 0x5e00;
const WALKS = 500;
const STEPS = 60;

/** A kernel behind the boundary, with a vpoll file. */
class Side {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #sys: Sys;
  readonly fd: number;

  constructor(factory: HostFactory, events: number) {
    this.#sys = factory(() => this.#memory);
    new Uint8Array(this.#memory.buffer).set(new TextEncoder().encode('/dev/vpoll\0'), PATH);
    if (BACKEND === 'eventfd') this.fd = this.#sys.eventfd(events, EFD_VPOLL_CLOEXEC);
    else {
      this.fd = this.#sys.open(PATH, O_RDWR_CLOEXEC);
      assert.is(this.ioctl(VPOLL_IOC + 3, events), events);
    }
    assert.ok(this.fd >= 0, `errno ${-this.fd}`);
  }

  ioctl(request: number, arg: number): number {
    return this.#sys.ioctl(this.fd, request, arg);
  }

  write(op: number, events: number, size: number): number {
    const view = new DataView(this.#memory.buffer);
    view.setUint32(WORD, events, true);
    view.setUint32(WORD + 4, op, true);
    return this.#sys.write(this.fd, WORD, size);
  }

  /** The word that was read, or -errno, as text. */
  read(size: number): string {
    const view = new DataView(this.#memory.buffer);
    const r = this.#sys.read(this.fd, WORD, size);
    return r < 0 ? String(r) : `${r}: ${view.getBigUint64(WORD, true)}`;
  }

  poll(interest: number): number {
    const view = new DataView(this.#memory.buffer);
    view.setInt32(POLLFD, this.fd, true);
    view.setInt16(POLLFD + 4, interest, true);
    assert.ok(this.#sys.poll(POLLFD, 1, 0) >= 0);
    return view.getUint16(POLLFD + 6, true);
  }

  close(): number {
    return this.#sys.close(this.fd);
  }
}

type Random = (n: number) => number;

/** Mostly masks that may be set, and now and then any. */
function randomMask(random: Random): number {
  return random(4) === 0 ? (random(0x10000) * 0x10000 + random(0x10000)) >>> 0 : random(0x4000) & VPOLL_EVENTS;
}

function randomStep(random: Random): [string, (side: Side) => number | string] {
  const [mask, kind] = [randomMask(random), random(8)];
  if (kind < 4) {
    const request = random(8) === 0 ? [VPOLL_IOC, VPOLL_IOC + 4, 0x5401, 0x12345678][random(4)]! : VPOLL_IOC + 1 + random(3);
    return [`ioctl 0x${request.toString(16)} 0x${mask.toString(16)}`, (side) => side.ioctl(request, mask)];
  }
  if (kind < 7) {
    const [op, size] = [random(8) === 0 ? [0, 4, 0xffffffff][random(3)]! : 1 + random(3), random(8) === 0 ? random(8) : 8];
    return [`write ${op} 0x${mask.toString(16)} of ${size}`, (side) => side.write(op, mask, size)];
  }
  const size = random(3) === 0 ? random(8) : 8 + random(9);
  return [`read ${size}`, (side) => side.read(size)];
}

function walk(real: Side, fake: Side, random: Random): void {
  const done: string[] = [];
  for (let i = 0; i < STEPS; i++) {
    const [name, step] = randomStep(random);
    done.push(name);
    assert.is(step(fake), step(real), done.join(', '));
    for (const interest of [VPOLL_EVENTS, random(0x4000) & VPOLL_EVENTS]) {
      assert.is(fake.poll(interest), real.poll(interest), `poll 0x${interest.toString(16)} after ${done.join(', ')}`);
    }
  }
  assert.is(fake.close(), real.close());
}

test(`${WALKS} random walks end alike on the fake kernel's vpoll file and on this kernel's ${BACKEND}`, () => {
  const real = createHost(openLibc(), process.arch);
  let seed = 7;
  const random: Random = (n) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  for (let i = 0; i < WALKS; i++) {
    const events = random(0x4000) & VPOLL_EVENTS;
    const kernel = new Kernel({ eventfd: 'ours', device: 'present' });
    walk(new Side(real, events), new Side(new FakeHost(new Process(kernel)).factory, events), random);
  }
});

test.run();

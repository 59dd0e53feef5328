// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: vm library/once, vm emulators/tcp

// The fake kernel against the real one: the same random calls on a pair of unix sockets, through the same boundary, and each must
// answer as the other does. Without this, every other suite here would only show that the core fits the model.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHost } from '../../host/linux/libc.js';
import type { Sys } from '../../host/sys.js';
import { openLibc } from '../../src/runtime.js';
import { FakeHost } from '../fake/host.js';
import { Kernel, Process } from '../fake/kernel.js';
import { needs } from '../support/needs.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

const DATA = 1024;
const PAIR = 64;
const POLLFD = 128;
const VALUE = 192;
const NO_WAIT = 0x4040;
const INTEREST = VPOLL_EVENTS;

/** A kernel behind the boundary, with a pair of sockets. */
class Side {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #sys: Sys;
  readonly ends: [number, number];

  constructor(factory: (memory: () => WebAssembly.Memory) => Sys) {
    this.#sys = factory(() => this.#memory);
    assert.is(this.#sys.socketpair(1, 1 | 0x80000, 0, PAIR), 0);
    const view = new DataView(this.#memory.buffer);
    this.ends = [view.getInt32(PAIR, true), view.getInt32(PAIR + 4, true)];
  }

  send(end: number, size: number): number {
    return this.#sys.send(this.ends[end]!, DATA, size, NO_WAIT);
  }

  recv(end: number, size: number): number {
    return this.#sys.recv(this.ends[end]!, DATA, size, NO_WAIT);
  }

  shutdown(end: number, how: number): number {
    return this.#sys.shutdown(this.ends[end]!, how);
  }

  setSendBuffer(end: number, size: number, level = 1): number {
    new DataView(this.#memory.buffer).setInt32(VALUE, size, true);
    return this.#sys.setsockopt(this.ends[end]!, level, 7, VALUE, 4);
  }

  /** getsockopt(2) of SO_SNDBUF, SO_TYPE or SO_DOMAIN, or of another level. */
  option(end: number, name: number, level = 1): number {
    const view = new DataView(this.#memory.buffer);
    view.setInt32(VALUE + 4, 4, true);
    const r = this.#sys.getsockopt(this.ends[end]!, level, name, VALUE, VALUE + 4);
    return r < 0 ? r : view.getInt32(VALUE, true);
  }

  ioctl(end: number): number {
    return this.#sys.ioctl(this.ends[end]!, 0x5e02, 0);
  }

  poll(end: number): number {
    const view = new DataView(this.#memory.buffer);
    view.setInt32(POLLFD, this.ends[end]!, true);
    view.setInt32(POLLFD + 4, INTEREST, true);
    assert.ok(this.#sys.poll(POLLFD, 1, 0) >= 0);
    return view.getUint16(POLLFD + 6, true);
  }

  close(end: number): number {
    return this.#sys.close(this.ends[end]!);
  }
}

type Step = (side: Side) => number;

/** A random call. Queues stay so short that no kernel's memory accounting makes a difference, but for the one limit that matters: A's. */
function randomStep(random: (n: number) => number, sent: [number, number]): [string, Step] {
  const end = random(2);
  const kind = random(12);
  if (kind <= 3 && sent[end]! < (end === 0 ? 3 : 8)) {
    sent[end]!++;
    const size = end === 0 ? 700 : 1;
    return [`send ${end} ${size}`, (side) => side.send(end, size)];
  }
  if (kind <= 5) {
    const size = [4, 16384][random(2)]!;
    return [`recv ${end} ${size}`, (side) => side.recv(end, size)];
  }
  if (kind <= 8) {
    const size = end === 0 ? [0, 32768][random(2)]! : 32768;
    return [`sndbuf ${end} ${size}`, (side) => side.setSendBuffer(end, size)];
  }
  if (kind === 9) {
    const level = [0, 6, 41, 1][random(8)];
    if (level !== undefined) {
      return random(2)
        ? [`option ${end} of level ${level}`, (side) => side.option(end, 7, level)]
        : [`sndbuf ${end} of level ${level}`, (side) => side.setSendBuffer(end, 32768, level)];
    }
    const name = [3, 7, 39][random(3)]!;
    return [`option ${end} ${name}`, (side) => side.option(end, name)];
  }
  if (kind === 10) return [`ioctl ${end}`, (side) => side.ioctl(end)];
  const how = random(4);
  return random(3) ? [`ioctl ${end}`, (side) => side.ioctl(end)] : [`shutdown ${end} ${how}`, (side) => side.shutdown(end, how)];
}

function both(real: Side, fake: Side, step: Step): [number, number] {
  return [step(real), step(fake)];
}

function walk(real: Side, fake: Side, random: (n: number) => number): void {
  const done: string[] = [];
  const sent: [number, number] = [0, 0];
  let ends = [0, 1];
  for (let i = 0; i < 40; i++) {
    let [name, step] = randomStep(random, sent);
    // Late in a walk one end dies.
    if (i === 30) {
      const gone = random(2);
      ends = [1 - gone];
      [name, step] = [`close ${gone}`, (side) => side.close(gone)];
    } else if (i > 30 && !ends.includes(Number(name.split(' ')[1]))) continue;
    done.push(name);
    const [a, b] = both(real, fake, step);
    if (a !== b) assert.is(b, a, done.join(', '));
    for (const end of ends) {
      const masks = both(real, fake, (side) => side.poll(end));
      if (masks[0] !== masks[1]) assert.is(masks[1], masks[0], `poll ${end} after ${done.join(', ')}`);
    }
  }
  for (const end of ends) both(real, fake, (side) => side.close(end));
}

const onLinux = needs(test, { name: 'Linux', has: process.platform === 'linux' });

onLinux('a thousand random walks end alike on the fake kernel and on this one', () => {
  const real = createHost(openLibc(), process.arch);
  let seed = 42;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  for (let i = 0; i < 1000; i++) walk(new Side(real), new Side(new FakeHost(new Process(new Kernel())).factory), random);
});

onLinux('a socketpair without room for both is refused before its arguments are', () => {
  const process = new Process(new Kernel());
  process.limit = 1;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const fake = new FakeHost(process).factory(() => memory);
  assert.is(fake.socketpair(77, 1, 0, PAIR), -24);
  assert.is(fake.socketpair(77, 0x40, 0, PAIR), -22);
});

test.run();

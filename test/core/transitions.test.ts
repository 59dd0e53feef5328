// SPDX-License-Identifier: LGPL-2.1-or-later

// Every request from every state on every backend: what is returned, what a poller sees, before, between and after, and who is
// woken. By number (as C programs ask) and by generation (as a VPoll object does).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEL, E, HUP, IN, OUT, RDHUP, RDNORM, WRBAND, WRNORM } from '../fake/abi.js';
import { CLOSEST, EXCLUSIVE, type World } from '../fake-host.js';
import {
  aliasedOn,
  CARRIERS,
  finish,
  isCleanOn,
  isFile,
  OP_NAMES,
  OPS,
  REQUESTS,
  start,
  targetOf,
  type Carrier,
} from './support/states.js';

interface Case {
  readonly carrier: Carrier;
  readonly state: number;
  readonly op: number;
  readonly arg: number;
  readonly options: number;
  readonly byGeneration: boolean;
  readonly world: World;
  readonly fd: number;
}

function nameOf({ carrier, state, op, arg, options, byGeneration }: Case): string {
  return `${carrier.name} ${state.toString(16)} ${OP_NAMES[op]!} ${arg.toString(16)} options ${options} ${byGeneration ? 'object' : 'number'}`;
}

/** What poll(2) shows after each call of one request; and what the request returns. */
function watch(world: World, fd: number, request: () => number): { status: number; masks: number[] } {
  const file = world.file(fd);
  const masks = [file.poll()];
  world.host.onCall = () => masks.push(file.poll());
  const status = request();
  world.host.onCall = () => undefined;
  return { status, masks };
}

/** A bit by itself whose edge the core owes, and that isn't one of a pair asked for without its main bit (promises.test.ts has that). */
function owed({ carrier, arg }: Case, target: number): number {
  if (isFile(carrier)) return arg;
  return aliasedOn(carrier, arg) & target & ~(arg & IN ? 0 : RDNORM) & ~(arg & OUT ? 0 : WRNORM | WRBAND);
}

function checkEdges(one: Case, target: number): void {
  const file = one.world.file(one.fd);
  // The reference's kernel wakes with all that is set, and on DEL: not the core's to mend.
  if (one.carrier.name.includes('reference')) return;
  if (one.op === DEL || one.arg === 0) {
    // A new connection wakes everybody.
    if (!isCleanOn(one.carrier, one.state, target)) return;
    assert.equal(file.wakes, [], nameOf(one));
    return;
  }
  for (let bit = 1; bit <= RDHUP; bit <<= 1) {
    if (owed(one, target) & bit && !file.woke(bit)) assert.unreachable(`${nameOf(one)}: no edge for ${bit.toString(16)}`);
    if (target & ~one.state & bit && !file.woke(bit)) assert.unreachable(`${nameOf(one)}: no edge for new ${bit.toString(16)}`);
  }
}

function checkOne(one: Case): void {
  const { world, fd } = one;
  const generation = one.byGeneration ? world.core.generation(fd) : 0;
  const { status, masks } = watch(world, fd, () => world.core.ctl(fd, generation, one.op, one.arg));
  const name = nameOf(one);
  const target = targetOf(one.carrier, one.state, one.op, one.arg, !(one.options & CLOSEST));
  if (target === undefined) {
    if (status !== -E.EOPNOTSUPP) assert.is(status, -E.EOPNOTSUPP, name);
    if (world.core.failed() !== -1) assert.is(world.core.failed(), -1, name);
    if (masks.some((mask) => mask !== one.state)) assert.unreachable(`${name}: refused, but showed ${masks.join(' ')}`);
    if (world.file(fd).wakes.length > 0) assert.unreachable(`${name}: refused, but woke`);
    return;
  }
  if (status !== 0) assert.is(status, 0, name);
  if (masks.at(-1) !== target) assert.is(masks.at(-1), target, name);
  for (const mask of isCleanOn(one.carrier, one.state, target) ? masks : []) {
    if (mask & ~(one.state | target)) assert.unreachable(`${name}: shows bits of neither mask: ${mask.toString(16)}`);
    if (one.state & target & ~mask) assert.unreachable(`${name}: loses bits that stay: ${mask.toString(16)}`);
  }
  checkEdges(one, target);
  if (world.core.events(fd, generation) !== target) assert.is(world.core.events(fd, generation), target, `${name}: events`);
}

for (const carrier of CARRIERS) {
  for (const options of [0, CLOSEST, EXCLUSIVE, CLOSEST | EXCLUSIVE]) {
    test(`${carrier.name}, options ${options}: every request from every state`, () => {
      let cases = 0;
      for (const state of carrier.states) {
        for (const op of OPS) {
          for (const arg of REQUESTS) {
            for (const byGeneration of [false, true]) {
              const vpoll = start(carrier, state, options);
              checkOne({ carrier, state, op, arg, options, byGeneration, ...vpoll });
              finish(carrier, vpoll);
            }
            cases++;
          }
        }
      }
      assert.is(cases, carrier.states.length * 3 * REQUESTS.length);
    });
  }
}

/** Whether a request on an exclusive vpoll changes nothing and gives no edge. */
function isIdle(carrier: Carrier, state: number, op: number, arg: number, target: number): boolean {
  if (target !== state) return false;
  if (op === DEL || arg === 0) return true;
  // On a pair of sockets closest may drop all that was asked for.
  return !isFile(carrier) && (aliasedOn(carrier, arg) & target) === 0;
}

test('a request that needs no call makes none where the vpoll is exclusive', () => {
  let idle = 0;
  for (const carrier of CARRIERS) {
    for (const state of carrier.states) {
      for (const op of OPS) {
        for (const arg of REQUESTS) {
          const target = targetOf(carrier, state, op, arg, false)!;
          if (!isIdle(carrier, state, op, arg, target)) continue;
          const { world, fd } = start(carrier, state, CLOSEST | EXCLUSIVE);
          // By its object: a bare number is compared first, as always.
          assert.is(world.core.ctl(fd, world.core.generation(fd), op, arg), 0);
          if (world.host.log.length > 0) assert.is(world.host.names(), '', `${carrier.name} ${state} ${OP_NAMES[op]!} ${arg}`);
          idle++;
        }
      }
    }
  }
  assert.ok(idle > 100);
});

test('one call is enough for what a vpoll file is asked', () => {
  for (const carrier of CARRIERS.filter(({ name }) => name === 'eventfd' || name === 'device')) {
    for (const op of OPS) {
      const { world, fd } = start(carrier, IN, 0);
      assert.is(world.core.ctl(fd, 0, op, OUT | HUP), 0);
      assert.is(world.host.names(), 'ioctl');
    }
  }
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// Another process changes the same vpoll between any two calls of a change: neither change is refused for it, nor said to have gone wrong. Where
// both add or both take away, the result is that of one after the other.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { E, HUP, IN, OUT, PRI, RDHUP, SET } from '../fake/abi.js';
import { CLOSEST, STRICT, TAKE, type World } from '../fake-host.js';
import { CARRIERS, finish, isFile, OP_NAMES, OPS, start, type Carrier } from './support/states.js';

const REQUESTS = [IN | OUT, HUP, RDHUP, IN | PRI];
type Change = readonly [op: number, events: number];
const CHANGES: readonly Change[] = OPS.flatMap((op) => REQUESTS.map((events) => [op, events] as const));

/** A vpoll in a state, and another process that has it. */
function shared(carrier: Carrier, state: number, options: number): { world: World; other: World; fd: number } {
  const { world, fd } = start(carrier, state, options);
  const other = world.fork();
  const { core } = world;
  const how = options | carrier.options;
  assert.is(other.core.attach(fd, core.peer(fd), core.ino(fd), core.peerIno(fd), how, TAKE), fd);
  return { world, other, fd };
}

/** What is shown when the first process makes one change and the other makes another, in either order. */
function inTurn(carrier: Carrier, state: number, mine: Change, theirs: Change): number[] {
  return [0, 1].map((order) => {
    const { world, other, fd } = shared(carrier, state, CLOSEST);
    if (order === 0) other.core.ctl(fd, 0, ...theirs);
    world.core.ctl(fd, 0, ...mine);
    if (order === 1) other.core.ctl(fd, 0, ...theirs);
    const mask = world.file(fd).poll();
    finish(carrier, { world, fd });
    return mask;
  });
}

interface Meeting {
  readonly status: number;
  readonly theirs: number;
  readonly mask: number;
}

/** One change, and the other one after its `nth` call; undefined where it has fewer calls. */
function meet(carrier: Carrier, options: number, nth: number, { state, mine, theirs }: Case): Meeting | undefined {
  const { world, other, fd } = shared(carrier, state, options);
  let [calls, answer] = [0, 0];
  world.host.onCall = () => {
    if (++calls === nth) answer = other.core.ctl(fd, 0, ...theirs);
  };
  const status = world.core.ctl(fd, 0, ...mine);
  world.host.onCall = () => undefined;
  const mask = world.file(fd).poll();
  finish(carrier, { world, fd });
  return calls < nth ? undefined : { status, theirs: answer, mask };
}

interface Case {
  readonly state: number;
  readonly mine: Change;
  readonly theirs: Change;
}

/** Every call of one case. With `passing`, HUP alone is no connection at all, and a bit that another process sets on it is lost (docs/decisions/005-tcp.md). */
function check(carrier: Carrier, options: number, each: Case): void {
  const { state, mine, theirs } = each;
  const allowed = options === STRICT ? [0, -E.EOPNOTSUPP] : [0];
  const isOrdered = options === CLOSEST && carrier.options === 0 && mine[0] === theirs[0] && mine[0] !== SET;
  const orders = isOrdered ? inTurn(carrier, state, mine, theirs) : [];
  for (let nth = 1; ; nth++) {
    const met = meet(carrier, options, nth, each);
    if (!met) return;
    const where = `${state} ${OP_NAMES[mine[0]]!} ${mine[1]}, after call ${nth} ${OP_NAMES[theirs[0]]!} ${theirs[1]}`;
    assert.ok(allowed.includes(met.status), `${where}: ${met.status}`);
    assert.ok(allowed.includes(met.theirs), `${where}: the other one ${met.theirs}`);
    if (isOrdered) assert.ok(orders.includes(met.mask), `${where}: ${met.mask}, in turn ${orders.join(' or ')}`);
  }
}

for (const carrier of CARRIERS.filter((each) => !isFile(each))) {
  for (const [name, options] of Object.entries({ STRICT, CLOSEST })) {
    test(`${carrier.name}, ${name}: a change of another process between any two calls`, () => {
      for (const state of carrier.fewStates.slice(0, 3)) {
        for (const mine of CHANGES) for (const theirs of CHANGES) check(carrier, options, { state, mine, theirs });
      }
    });
  }
}

test.run();

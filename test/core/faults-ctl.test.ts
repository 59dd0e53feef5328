// SPDX-License-Identifier: LGPL-2.1-or-later

// ctl, events and supports, with each of their calls failing in each way that its man page names. Afterwards the request has
// happened, or nothing has, or the core has said ENOTRECOVERABLE.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, HUP, IN, OUT, PRI, RDHUP, SET } from '../fake/abi.js';
import { CLOSEST, EVENTFD, EXCLUSIVE, STRICT, TCP, type World } from '../fake-host.js';
import { eachFault, type Place, type Stage } from './support/faults.js';
import { CARRIERS, finish, isFile, OP_NAMES, OPS, start, targetOf, type Carrier } from './support/states.js';

const REQUESTS = [0, IN, OUT, IN | OUT, IN | RDHUP, IN | HUP | RDHUP, OUT | HUP, IN | PRI];

/** All that the core says about a vpoll without a call. */
function entryOf({ core }: World, fd: number): unknown[] {
  // What is put back on tcp may be another connection.
  const peerIno = core.backend(fd, 0) === TCP ? 0n : core.peerIno(fd);
  return [core.generation(fd), core.backend(fd, 0), core.options(fd), core.peer(fd), core.ino(fd), peerIno];
}

/** Whether an EBADF has taken a vpoll file out of the table: it answered like a file that is none. Nothing may be closed, and it can be adopted. */
function isDisowned(carrier: Carrier, status: number): boolean {
  return status === -E.EBADF && isFile(carrier);
}

/** A request that needs no state behaves as ever. */
function checkFollowing(carrier: Carrier, world: World, fd: number, options: number): void {
  const before = world.file(fd).poll();
  for (const [op, arg] of [
    [ADD, IN],
    [DEL, IN],
    [ADD, OUT],
    [SET, before],
  ] as const) {
    const shown = world.file(fd).poll();
    const target = targetOf(carrier, shown, op, arg, !(options & CLOSEST));
    const status = world.core.ctl(fd, 0, op, arg);
    if (status !== (target === undefined ? -E.EOPNOTSUPP : 0)) assert.is(status, 0, `following ${OP_NAMES[op]!} ${arg}`);
    if (target !== undefined) assert.is(world.file(fd).poll(), target, `following ${OP_NAMES[op]!} ${arg}`);
  }
}

function stageOf(carrier: Carrier, state: number, options: number, op: number, arg: number, byGeneration: boolean): Stage {
  const { world, fd } = start(carrier, state, options);
  const generation = byGeneration ? world.core.generation(fd) : 0;
  const before = entryOf(world, fd);
  const open = world.open();
  const target = targetOf(carrier, state, op, arg, !(options & CLOSEST));
  return {
    world,
    run: () => world.core.ctl(fd, generation, op, arg),
    finish: () => {
      finish(carrier, { world, fd });
    },
    check: (status) => {
      if (target === undefined) assert.is(status, -E.EOPNOTSUPP);
      assert.is(world.file(fd).poll(), target ?? state, 'mask');
      assert.is(world.core.events(fd, 0), target ?? state, 'events()');
      assert.equal(world.open(), open);
    },
    unchanged: (status) => {
      assert.is(world.file(fd).poll(), state, 'mask');
      assert.equal(world.open(), open);
      if (isDisowned(carrier, status)) {
        if (!carrier.name.includes('reference')) checkFollowing(carrier, world, fd, CLOSEST);
        return;
      }
      assert.equal(entryOf(world, fd), before, 'table');
      assert.is(world.core.events(fd, 0), state, 'events()');
      checkFollowing(carrier, world, fd, options);
    },
  };
}

/**
 * What promises.test.ts has: a read that fails after the write went through, and looks at both ends that fail one after the other.
 * Also a look at the end that shows HUP as if its vpoll were dead.
 */
function isKnown(carrier: Carrier, state: number, { name, nth, errno, always }: Place): boolean {
  // The hidden end that says so is closed, and its number may be anyone's: another connection is made, and that number left alone.
  if (carrier.backend === TCP && name === 'fstat' && errno === 'EBADF') return true;
  // After a hangup neither PRI nor ERR comes again, so what fails when one of them is gone can't be undone.
  if (carrier.name === 'tcp' && state & HUP)
    return (name === 'recv' && nth > 1) || ['getsockopt', 'shutdown'].includes(name) || (name === 'fstat' && always);
  if (carrier.backend === EVENTFD) return name === 'read' && nth > 1;
  return !isFile(carrier) && name === 'fstat' && (always || (state & HUP) !== 0);
}

for (const carrier of CARRIERS) {
  for (const options of [STRICT, CLOSEST, EXCLUSIVE]) {
    for (const byGeneration of [false, true]) {
      test(`${carrier.name}, options ${options}, by ${byGeneration ? 'generation' : 'number'}: ctl`, () => {
        let runs = 0;
        for (const state of carrier.fewStates) {
          for (const op of OPS) {
            for (const arg of REQUESTS) {
              const title = `${state.toString(16)} ${OP_NAMES[op]!} ${arg.toString(16)}`;
              const prepare = (): Stage => stageOf(carrier, state, options, op, arg, byGeneration);
              runs += eachFault(title, prepare, (place) => isKnown(carrier, state, place));
            }
          }
        }
        assert.ok(runs > 300, `${runs} runs`);
      });
    }
  }
}

/** A question about a state: it changes nothing. */
function askingStage(carrier: Carrier, state: number, name: 'events' | 'supports'): Stage {
  const { world, fd } = start(carrier, state, STRICT);
  const same = (): void => {
    assert.is(world.file(fd).poll(), state);
    // The reference's eventfd can't be adopted once it has said EBADF: promises.test.ts.
    if (!carrier.name.includes('reference')) assert.is(world.core.events(fd, 0), state);
  };
  return {
    world,
    run: () => (name === 'events' ? world.core.events(fd, 0) : world.core.supports(fd, 0, state)),
    check: (status) => {
      assert.is(status, name === 'events' ? state : 1);
      same();
    },
    unchanged: same,
  };
}

test('events and supports change nothing, whatever fails', () => {
  for (const carrier of CARRIERS) {
    for (const state of carrier.states) {
      for (const name of ['events', 'supports'] as const) {
        const title = `${carrier.name} ${state.toString(16)} ${name}`;
        const prepare = (): Stage => askingStage(carrier, state, name);
        eachFault(title, prepare, (place) => isKnown(carrier, state, place));
      }
    }
  }
});

test.run();

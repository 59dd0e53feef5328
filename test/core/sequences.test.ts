// SPDX-License-Identifier: LGPL-2.1-or-later

// More than one request: levels that were raised many times, queues that fill, and other processes on the same vpoll.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, HUP, IN, OUT, RDHUP, SET } from '../fake/abi.js';
import { CLOSEST, createWorld, EXCLUSIVE, SOCKETPAIR, STRICT, TAKE } from '../fake-host.js';
import { CARRIERS, OPS, start } from './support/states.js';
import { expected, IN_ALL, OUT_ALL } from './support/unix-model.js';

const PAIR = CARRIERS.at(-1)!;
/** More than a queue of 64 KB takes, by far. */
const MANY = 1000;

test('each of a thousand ADDs of IN is an edge, and one DEL clears them all', () => {
  for (const options of [STRICT, EXCLUSIVE]) {
    const { world, fd } = start(PAIR, 0, options);
    for (let i = 0; i < MANY; i++) {
      world.forget();
      assert.is(world.core.ctl(fd, 0, ADD, IN), 0);
      if (!world.file(fd).woke(IN) || world.file(fd).poll() !== IN_ALL) assert.unreachable(`ADD ${i} gave no edge`);
    }
    assert.is(world.core.ctl(fd, 0, DEL, IN), 0);
    assert.is(world.file(fd).poll(), 0);
  }
});

test('while the queue is full, IN never goes away for a moment', () => {
  const { world, fd } = start(PAIR, IN_ALL, STRICT);
  world.host.onCall = () => {
    if (!(world.file(fd).poll() & IN)) assert.unreachable('IN was gone');
  };
  for (let i = 0; i < MANY; i++) world.core.ctl(fd, world.core.generation(fd), ADD, IN);
  assert.is(world.file(fd).poll(), IN_ALL);
});

test('OUT may go on and off any number of times, also after a hangup', () => {
  for (const state of [0, 0x2041, 0x2051]) {
    const { world, fd } = start(PAIR, state, STRICT);
    for (let i = 0; i < 200; i++) {
      assert.is(world.core.ctl(fd, 0, ADD, OUT), 0);
      assert.is(world.file(fd).poll(), state | OUT_ALL);
      assert.is(world.core.ctl(fd, 0, i % 2 ? SET : DEL, i % 2 ? state : OUT), 0);
      assert.is(world.file(fd).poll(), state);
    }
  }
});

test('each ADD of OUT is an edge while OUT is on', () => {
  const { world, fd } = start(PAIR, OUT_ALL, STRICT);
  for (let i = 0; i < 10; i++) {
    world.forget();
    world.core.ctl(fd, 0, ADD, OUT);
    assert.ok(world.file(fd).woke(OUT));
    assert.not(world.file(fd).woke(IN));
  }
});

test('a small net.core.wmem_max is enough for OUT', () => {
  const world = createWorld({ wmemMax: 4608 });
  const fd = world.core.create(SOCKETPAIR, OUT, 0, STRICT, 0);
  assert.is(world.file(fd).poll(), OUT_ALL);
  assert.is(world.core.ctl(fd, 0, SET, IN), 0);
  assert.is(world.file(fd).poll(), IN_ALL);
});

test('a long walk of random requests never leaves the model', () => {
  for (const options of [STRICT, CLOSEST, EXCLUSIVE, CLOSEST | EXCLUSIVE]) {
    let seed = 12345 + options;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let round = 0; round < 40; round++) {
      const { world, fd } = start(PAIR, 0, options);
      let shown = 0;
      for (let i = 0; i < 100; i++) {
        const op = OPS[random(3)]!;
        // HUP is final, so it comes late and seldom.
        const arg = random(i > 80 ? 2048 : 8) & (i > 80 ? 0x7df : IN | OUT);
        const target = expected(shown, op, arg, !(options & CLOSEST));
        assert.is(world.core.ctl(fd, 0, op, arg), target === undefined ? -E.EOPNOTSUPP : 0);
        shown = target ?? shown;
        if (world.file(fd).poll() !== shown)
          assert.is(world.file(fd).poll(), shown, `options ${options} round ${round} step ${i}`);
      }
    }
  }
});

test('two processes control one vpoll, and each sees what the other did', () => {
  const { world, fd } = start(PAIR, 0, STRICT);
  const { core } = world;
  const child = world.fork();
  assert.is(child.core.attach(fd, core.peer(fd), core.ino(fd), core.peerIno(fd), STRICT, TAKE), fd);
  assert.is(child.core.ctl(fd, 0, ADD, IN), 0);
  assert.is(core.events(fd, 0), IN_ALL);
  assert.is(core.ctl(fd, 0, SET, OUT), 0);
  assert.is(child.core.events(fd, 0), OUT_ALL);
  assert.is(child.core.ctl(fd, 0, ADD, IN | RDHUP), 0);
  assert.is(core.events(fd, 0), 0x2345);
  assert.is(core.close(fd, 0), 0);
  assert.is(child.core.ctl(fd, 0, DEL, OUT), 0);
});

test('a child that only holds the descriptor sees a hangup when the parent closes the vpoll, and ERR for what was never read', () => {
  const { world, fd } = start(PAIR, OUT_ALL, STRICT);
  const hidden = world.core.peer(fd);
  const child = world.fork();
  child.process.close(hidden);
  assert.is(world.core.close(fd, 0), 0);
  assert.is(child.file(fd).poll(), 0x8 | HUP | RDHUP | IN_ALL | OUT_ALL);
});

test('a queue that another process fills between our calls costs no edge', () => {
  const { world, fd } = start(PAIR, IN_ALL, STRICT);
  const hidden = world.socket(world.core.peer(fd));
  let stolen = 0;
  world.host.onCall = ({ name }) => {
    // Whatever room the core makes is taken at once, for a while.
    if (name !== 'recv' || stolen >= 3) return;
    while (hidden.send(1, 0x4040) > 0) stolen += 1 / 8;
  };
  while (hidden.send(1, 0x4040) > 0);
  world.forget();
  assert.is(world.core.ctl(fd, 0, ADD, IN), 0);
  assert.ok(stolen >= 1);
  assert.ok(world.file(fd).woke(IN));
});

test.run();

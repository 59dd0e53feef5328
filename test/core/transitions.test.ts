// SPDX-License-Identifier: LGPL-2.1-or-later

// Every transition of every backend on the scripted kernel: from each state, each request, under both policies, exclusive and not: the status,
// the mask, who was woken, and what it cost.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { UnixSocket } from '../fake/files.js';
import {
  ADD,
  CLOSEST,
  DEL,
  EOPNOTSUPP,
  EXCLUSIVE,
  hex,
  IN,
  MACHINES,
  make,
  OPS,
  OUT,
  SET,
  SHOWN,
  SOCKETPAIR,
  STRICT,
  subsets,
  type Bench,
} from './support.js';

/** Requests: all of the main bits that a socketpair has, and some with aliases apart and with bits that it lacks. */
const ARGS = [...subsets(0x2015), 0x40, 0x41, 0x104, 0x200, 0x304, 0x2, 0x3, 0x8, 0x18, 0x80, 0x400, 0x27df];

/** A vpoll that shows `mask`. */
function vpollAt({ core }: Bench, mask: number, flags: number): number {
  const fd = core.create(SOCKETPAIR, mask & 0x2015, 0, flags, 0);
  assert.ok(fd >= 0, `${hex(mask)}: ${fd}`);
  return fd;
}

/** What the request is to come to: the mask, or -EOPNOTSUPP. */
function expected({ core }: Bench, from: number, op: number, arg: number, flags: number): number {
  const wanted = core.next(from, op, core.aliased(arg));
  const shown = core.nearest(from, wanted);
  return shown === wanted || flags & CLOSEST ? shown : -EOPNOTSUPP;
}

function checkEdges(
  file: UnixSocket,
  since: number,
  before: number,
  after: number,
  asked: number,
  op: number,
  what: string,
): void {
  const edge = (bit: number): boolean => file.wokeFor(bit, since);
  if (op === DEL || asked === 0) {
    assert.is(file.wakes.length, since, `${what}: woke somebody`);
    return;
  }
  for (const bit of [0x1, 0x4, 0x10, 0x2000]) {
    if (asked & after & bit) assert.ok(edge(bit), `${what}: no edge for ${hex(bit)}`);
    // A wake-up with a key reaches nobody who waits for what isn't shown: epoll asks poll again (ep_send_events()).
    if (!(after & bit)) assert.not.ok(before & bit && op === ADD, `${what}: lost ${hex(bit)}`);
  }
}

function checkRequest(flags: number, from: number, op: number, arg: number): void {
  const bench = make();
  const { kernel, core } = bench;
  const fd = vpollAt(bench, from, flags);
  const file = kernel.socket(fd);
  assert.is(kernel.shown(fd), from);
  const wanted = expected(bench, from, op, arg, flags);
  const since = file.wakes.length;
  kernel.log.length = 0;
  const status = core.ctl(fd, 0, op, arg);
  const what = `${hex(from)} ${['', 'ADD', 'DEL', 'SET'][op]!} ${hex(arg)} flags ${flags}`;
  assert.is(status, wanted < 0 ? wanted : 0, what);
  const after = wanted < 0 ? from : wanted;
  assert.is(kernel.shown(fd), after, what);
  assert.is(core.events(fd, 0), after, what);
  if (wanted >= 0) checkEdges(file, since, from, after, core.aliased(arg), op, what);
  else assert.is(file.wakes.length, since, `${what}: refused, but woke somebody`);
  core.close(fd, 0);
  assert.is(kernel.fds.size, 0, what);
}

for (const flags of [STRICT, CLOSEST, EXCLUSIVE, EXCLUSIVE | CLOSEST]) {
  test(`socketpair: every request from every state (flags ${flags})`, () => {
    for (const from of SHOWN) for (const op of OPS) for (const arg of ARGS) checkRequest(flags, from, op, arg);
  });
}

for (const [name, machine, backend] of MACHINES) {
  if (backend === SOCKETPAIR) continue;
  test(`${name}: an edge for each ADD and SET of something, none for the rest, and the kernel's answer is the mask`, () => {
    const { kernel, core } = make(machine);
    const fd = core.create(0, 0, 0, 0, 0);
    const file = kernel.file(fd);
    for (const [op, arg, edges] of [
      [ADD, 0x3, 1],
      [ADD, 0x3, 1],
      [DEL, 0x1, 0],
      [DEL, 0x1, 0],
      [ADD, 0, 0],
      [SET, 0x2, 1],
      [SET, 0, 0],
      [SET, 0x27df, 1],
    ] as const) {
      const since = file.wakes.length;
      assert.is(core.ctl(fd, 0, op, arg), 0);
      assert.is(file.wakes.length - since, edges, `${op} ${hex(arg)}`);
      if (edges > 0) assert.is(file.wakes.at(-1), arg, 'the key is what the request raises');
    }
    const since = file.wakes.length;
    assert.is(core.events(fd, 0), 0x27df);
    assert.is(file.wakes.length, since, 'asking for the mask wakes nobody');
  });

  test(`${name}: exclusive: what changes nothing costs nothing, and an ADD of what is set still gives its edge`, () => {
    const { kernel, core } = make(machine);
    const fd = core.create(0, 0x1, 0, EXCLUSIVE, 0);
    const file = kernel.file(fd);
    kernel.log.length = 0;
    for (const [op, arg] of [
      [DEL, 0x6],
      [DEL, 0],
      [ADD, 0],
    ] as const) {
      assert.is(core.ctl(fd, 0, op, arg), 0);
    }
    assert.is(core.events(fd, 0), 0x1);
    assert.is(core.supports(fd, 0, 0x2), 1);
    assert.is(kernel.log.length, 0);
    const since = file.wakes.length;
    assert.is(core.ctl(fd, 0, ADD, 0x1), 0);
    assert.is(file.wakes.length, since + 1);
  });
}

test('ADD of an alias that is shown already is an edge for it', () => {
  for (const [shown, alias] of [
    [0x1, 0x40],
    [0x4, 0x100],
    [0x4, 0x200],
  ] as const) {
    const { kernel, core } = make();
    const fd = core.create(SOCKETPAIR, shown, 0, 0, 0);
    const file = kernel.socket(fd);
    const since = file.wakes.length;
    assert.is(core.ctl(fd, 0, ADD, alias), 0);
    assert.ok(file.wokeFor(alias, since));
  }
});

test('a thousand ADDs of IN without a DEL: an edge each, bounded memory, and one DEL clears them', () => {
  for (const generation of [0, 1]) {
    const { kernel, core } = make();
    const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
    const file = kernel.socket(fd);
    for (let i = 0; i < 1000; i++) {
      const since = file.wakes.length;
      assert.is(core.ctl(fd, generation, ADD, 1), 0);
      assert.ok(file.wokeFor(1, since), `edge ${i}`);
      assert.is(kernel.shown(fd), IN, `at ${i}`);
    }
    assert.is(core.ctl(fd, generation, DEL, 1), 0);
    assert.is(kernel.shown(fd), 0);
  }
});

test('what another process does in between is seen: the mask is asked for, not remembered', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const peer = kernel.socket(core.peer(fd));
  peer.send(1);
  assert.is(core.events(fd, 0), IN);
  assert.is(core.ctl(fd, 0, DEL, 1), 0);
  assert.is(kernel.shown(fd), 0);
  peer.send(1);
  assert.is(core.ctl(fd, 0, SET, 4), 0);
  assert.is(kernel.shown(fd), OUT);
  peer.shutdown(2);
  assert.is(core.ctl(fd, 0, DEL, 1), -EOPNOTSUPP);
  assert.is(core.ctl(fd, 0, DEL, 4), 0);
  assert.is(kernel.shown(fd), 0x2051);
});

test('supports: what set would show exactly, from here', () => {
  const bench = make();
  for (const from of SHOWN) {
    const fd = vpollAt(bench, from, 0);
    for (const mask of [...subsets(0x2357), 0x8, 0x400]) {
      const exact = expected(bench, from, SET, mask, STRICT) >= 0;
      assert.is(bench.core.supports(fd, 0, mask), exact ? 1 : 0, `${hex(mask)} from ${hex(from)}`);
    }
    assert.is(bench.core.supports(fd, 0, 0x80000001), 0);
    bench.core.close(fd, 0);
  }
});

test.run();

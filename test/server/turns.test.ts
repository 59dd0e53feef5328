// SPDX-License-Identifier: LGPL-2.1-or-later

// Users take turns where a host takes requests in before it has them answered. A request waits for one of each other user, and for those of its own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  done,
  getattr,
  HEADER_BYTES,
  init,
  io,
  ioctl,
  notified,
  OP,
  open,
  poll,
  refused,
  release,
  request,
  write,
} from './support/messages.js';
import { E, EPOLL } from './support/numbers.js';
import { Server } from './support/server.js';

const ADD = 1;
const SET = 3;
const KH = 5n;

/** Who was answered, by the number of the request. */
function uniques(messages: string[]): number[] {
  return messages.map((text) => Number(/^#(\d+)/.exec(text)![1]));
}

/** Has all requests answered that wait: the messages of each step. */
function drain(server: Server): string[][] {
  const steps: string[][] = [];
  while (server.module.waiting() > 0) steps.push(server.next());
  assert.equal(server.next(), []);
  return steps;
}

/** A server with `count` vpolls of root's, numbered from 0. */
function withVpolls(count: number): Server {
  const server = new Server();
  for (let i = 0; i < count; i++) server.ask(OP.OPEN, open());
  return server;
}

test('of three users each is served in turn, its own requests in the order in which they came', () => {
  const server = withVpolls(1);
  let unique = 0n;
  // Number, user: a thousand of one user, then two of a second, then three of a third.
  for (const [uid, times] of [
    [1000, 1000],
    [1001, 2],
    [1002, 3],
  ] as const)
    for (let i = 0; i < times; i++) assert.equal(server.take(request(OP.POLL, poll(0n, KH), { uid, unique: ++unique })), []);
  assert.is(server.module.waiting(), 1005);
  const order = drain(server).map((step) => uniques(step)[0]);
  assert.equal(order.slice(0, 9), [1, 1001, 1003, 2, 1002, 1004, 3, 1005, 4]);
  assert.equal(
    order.slice(9),
    Array.from({ length: 996 }, (_, i) => i + 5),
  );
});

test('who comes while others wait is served after one of each of them at most, however many threads they have', () => {
  const server = withVpolls(1);
  const ask = (uid: number, unique: number): string[] =>
    server.take(request(OP.POLL, poll(0n, KH), { uid, unique: BigInt(unique) }));
  const hostile = [1000, 1001, 1002];
  for (const uid of hostile) for (let i = 0; i < 64; i++) ask(uid, uid);
  for (let round = 0; round < 500; round++) {
    // Between two requests of its own another user may let any number of others go first.
    for (let i = 0; i < round % 5; i++) for (const uid of uniques(server.next())) ask(uid, uid);
    ask(2000, 2000);
    let waited = 0;
    for (let uid = 0; (uid = uniques(server.next())[0]!) !== 2000; waited++) ask(uid, uid);
    assert.ok(waited <= hostile.length, `${waited} before it in round ${round}`);
    assert.is(server.module.waiting(), 3 * 64);
  }
});

test('a request that waits has not been carried out; its notifies come right before its answer', () => {
  const server = withVpolls(1);
  server.ask(OP.POLL, poll(0n, KH), { pid: 1 });
  server.take(request(OP.POLL, poll(0n, KH), { uid: 1000, unique: 1n, pid: 2 }));
  server.take(request(OP.IOCTL, ioctl(0n, io(ADD), BigInt(EPOLL.HUP)), { uid: 1000, unique: 2n }));
  server.take(request(OP.POLL, poll(0n, KH), { uid: 1000, unique: 3n, pid: 2 }));
  assert.is(server.masks.get(0) ?? 0, 0);
  assert.equal(drain(server), [[done(1, 0, 0)], [...notified(KH, 2), done(2, EPOLL.HUP, 0, 0, 0)], [done(3, EPOLL.HUP, 0)]]);
});

test('a change that wakes a crowd is told a part at a time, between the requests of others; nobody of the crowd is answered before', () => {
  const [threads, parts] = [1000, 4];
  const server = withVpolls(2);
  for (let pid = 1; pid <= threads; pid++) server.ask(OP.POLL, poll(0n, KH), { pid });
  const hup = ioctl(0n, io(ADD), BigInt(EPOLL.HUP));
  server.take(request(OP.IOCTL, hup, { uid: 1000, unique: 1n }));
  // One of the crowd, another change of it, and another user with a vpoll of its own.
  server.take(request(OP.POLL, poll(0n, KH), { uid: 1001, unique: 2n, pid: 1 }));
  server.take(request(OP.WRITE, write(0n, ADD, EPOLL.ERR), { uid: 1002, unique: 3n }));
  assert.equal(server.next(), notified(KH, parts));
  let told = parts;
  for (let i = 0; i < 100; i++) {
    server.take(request(OP.IOCTL, ioctl(1n, io(ADD), 1n), { uid: 1003, unique: 9n }));
    const both = [server.next(), server.next()];
    assert.equal(
      both.filter((messages) => messages[0] === notified(KH)[0]),
      [notified(KH, parts)],
    );
    assert.equal(
      both.filter((messages) => messages[0] !== notified(KH)[0]),
      [[done(9, 1, 0, 0, 0)]],
    );
    told += parts;
  }
  const left = drain(server).flat();
  const answers = left.filter((text) => text !== notified(KH)[0]);
  assert.equal(answers, [done(1, EPOLL.HUP, 0, 0, 0), done(2, EPOLL.HUP, 0), done(3, 8, 0)]);
  assert.is(left.indexOf(answers[0]!) + told, threads, 'all of the first are told before anybody is answered');
  assert.is(left.length - 3 + told, 2 * threads + 1);
});

test('a crowd of few threads is told at once', () => {
  const server = withVpolls(1);
  for (let pid = 1; pid <= 30; pid++) server.ask(OP.POLL, poll(0n, KH), { pid });
  server.take(request(OP.IOCTL, ioctl(0n, io(ADD), BigInt(EPOLL.HUP)), { unique: 1n }));
  assert.equal(server.next(), [...notified(KH, 30), done(1, EPOLL.HUP, 0, 0, 0)]);
  assert.is(server.module.waiting(), 0);
});

test('what nobody waits for, and what names no user, is served as it comes', () => {
  const server = withVpolls(2);
  server.take(request(OP.POLL, poll(0n, KH), { unique: 1n }));
  assert.equal(server.take(request(OP.RELEASE, release(1n), { unique: 2n })), [done(2)]);
  assert.is(server.take(request(OP.INIT, init(), { unique: 3n })).length, 1);
  for (const opcode of [OP.FORGET, OP.BATCH_FORGET, OP.INTERRUPT]) assert.equal(server.take(request(opcode, [0n, 0n])), []);
  assert.is(server.module.waiting(), 1);
  assert.equal(uniques(server.next()), [1]);
});

test('every request is answered as it would be at once, also one that is short or long', () => {
  const requests: Uint8Array[] = [
    request(OP.GETATTR, getattr(), { unique: 1n }),
    request(OP.WRITE, write(0n, SET, EPOLL.PRI), { unique: 2n }),
    request(OP.WRITE, [...write(0n, ADD, EPOLL.OUT, 4096), ...Array.from({ length: 511 }, () => 1n)], { unique: 3n }),
    request(OP.SETATTR, [1, ...Array.from({ length: 21 }, () => 0)], { unique: 4n }),
    request(OP.SETATTR, [1, ...Array.from({ length: 20 }, () => 0)], { unique: 5n }),
    request(
      OP.LOOKUP,
      Array.from({ length: 100 }, () => 7),
      { unique: 6n },
    ),
    request(OP.POLL, [0n], { unique: 7n }),
    request(OP.POLL, poll(0n, KH), { unique: 8n, len: HEADER_BYTES }),
    request(OP.IOCTL, ioctl(0n, io(ADD), 0x1_0000_0000n), { unique: 9n }),
    request(OP.OPEN, open(), { unique: 10n }),
    request(OP.STATFS, [], { unique: 11n }),
  ];
  const [atOnce, inTurn] = [withVpolls(1), withVpolls(1)];
  const expected = requests.flatMap((bytes) => atOnce.give(bytes));
  for (const bytes of requests) assert.equal(inTurn.take(bytes), []);
  assert.equal(drain(inTurn).flat(), expected);
  assert.is(expected.length, requests.length);
  assert.equal(inTurn.masks, atOnce.masks);
});

test('a user keeps its count of vpolls while it waits, and takes no memory when it has neither', () => {
  const server = new Server(1);
  for (let round = 0; round < 50; round++) {
    for (let uid = 0; uid < 300; uid++) server.take(request(OP.OPEN, open(), { uid, unique: BigInt(uid) }));
    const opened = drain(server).length;
    server.take(request(OP.OPEN, open(), { uid: 7, unique: 9n }));
    assert.equal([opened, ...server.next()], [300, refused(9, E.EMFILE)]);
    for (let handle = 0n; handle < 300n; handle++) server.take(request(OP.RELEASE, release(handle)));
  }
  assert.is(server.size, 2 * 65536, 'no page more than at first');
});

test('without memory a request is served as it comes', () => {
  const server = new Server(undefined, 2);
  server.ask(OP.OPEN, open());
  let waits = 0;
  let answered: string[] = [];
  while (answered.length === 0) answered = server.take(request(OP.POLL, poll(0n, KH), { uid: ++waits, unique: BigInt(waits) }));
  assert.ok(waits > 100, `${waits}`);
  assert.equal(answered, [done(waits, 0, 0)]);
  assert.is(drain(server).length, waits - 1);
});

test.run();

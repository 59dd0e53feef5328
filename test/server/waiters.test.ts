// SPDX-License-Identifier: LGPL-2.1-or-later

// How many notifies a change is worth: one, or as many as reach every waiter. docs/decisions/006-the-fuse-helper.md says why these.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ioctl, io, notified, OP, open, poll } from './support/messages.js';
import { EPOLL } from './support/numbers.js';
import { Server } from './support/server.js';

const ADD = 1;
const DEL = 2;
const KH = 77n;
const SPARE = 16;
const THREADS_MAX = 1024;

/** A vpoll, and what asks and changes it. */
function opened(): { asks: (pid: number) => number; add: (events: number) => number; del: (events: number) => number } {
  const server = new Server();
  server.ask(OP.OPEN, open());
  const count = (messages: string[]): number => {
    // The answer is the last.
    assert.equal(messages.slice(0, -1), notified(KH, messages.length - 1));
    return messages.length - 1;
  };
  const change = (op: number, events: number): number => count(server.ask(OP.IOCTL, ioctl(0n, io(op), BigInt(events))));
  return {
    asks: (pid) => count(server.ask(OP.POLL, poll(0n, KH), { pid })),
    add: (events) => change(ADD, events),
    del: (events) => change(DEL, events),
  };
}

test('nobody has asked: no notify, whatever is raised', () => {
  for (const events of Object.values(EPOLL)) assert.is(opened().add(events), 0);
});

test('HUP, ERR and RDHUP reach all, the others one; a DEL nobody', () => {
  const { asks, add, del } = opened();
  for (const pid of [1, 2, 3, 4]) assert.is(asks(pid), 0);
  for (const [name, events] of Object.entries(EPOLL)) {
    assert.is(add(events), ['HUP', 'ERR', 'RDHUP'].includes(name) ? 4 : 1, name);
    assert.is(del(events), 0, name);
  }
  assert.is(add(EPOLL.IN | EPOLL.HUP), 4);
  assert.is(add(0), 0);
});

test('one thread that has asked often is alone: one notify', () => {
  const { asks, add } = opened();
  for (let i = 0; i < 1000; i++) asks(1);
  assert.is(add(EPOLL.HUP), 1);
});

test('of two and more threads: as many as asked, and at most twice the threads and some', () => {
  const { asks, add } = opened();
  let asked = 0;
  for (let threads = 1; threads <= 40; threads++) {
    for (let times = 0; times < 3; times++, asked++) asks(threads);
    assert.is(add(EPOLL.ERR), threads === 1 ? 1 : Math.min(asked, 2 * threads + SPARE), `${threads} threads`);
    for (let i = 0; i < 6; i++) assert.is(asks(1 + (i % threads)), 0);
    asked += 6;
  }
});

test('a thread that looks while a hang-up stands has more woken, at each power of two, and known ones have none', () => {
  const { asks, add } = opened();
  add(EPOLL.RDHUP);
  const last = 3 * THREADS_MAX;
  for (let pid = 1; pid <= last; pid++) {
    const isPower = Number.isInteger(Math.log2(pid)) && pid <= THREADS_MAX;
    // Each has asked once so far.
    const wanted = isPower ? (pid === 1 ? 1 : Math.min(pid, 2 * pid + SPARE)) : 0;
    const got = asks(pid);
    if (got !== wanted) assert.is(got, wanted, `thread ${pid}`);
  }
  assert.is(asks(1), 0);
  assert.is(asks(THREADS_MAX), 0);
  // No more than these are told apart.
  assert.is(add(EPOLL.HUP), 2 * THREADS_MAX + SPARE);
});

test('without a hang-up, or once it has gone, a new thread has nobody woken', () => {
  const { asks, add, del } = opened();
  add(EPOLL.IN | EPOLL.OUT | EPOLL.PRI);
  assert.is(asks(1), 0);
  add(EPOLL.HUP);
  assert.is(asks(2), 2);
  del(EPOLL.HUP);
  assert.is(asks(3), 0);
  assert.is(asks(4), 0);
});

test('a look that asks for no notify makes nobody a waiter', () => {
  const server = new Server();
  server.ask(OP.OPEN, open());
  for (const pid of [1, 2, 3]) server.ask(OP.POLL, poll(0n, KH, false), { pid });
  assert.is(server.ask(OP.IOCTL, ioctl(0n, io(ADD), BigInt(EPOLL.HUP))).length, 1);
});

test.run();

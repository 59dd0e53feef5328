// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// What a log shows of the library's objects: JSON.stringify and console.log say what they are, never throw and never change anything.

import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatEvents, Poller, realKernel, VPoll, VPollError } from '../../src/index.js';
import { BACKEND as backend } from './support/backend.js';
import { refusal } from './support/errors.js';
import { closeFd } from './support/libc.js';

const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a VPoll: its number, its backend and its events by name', () => {
  const vp = VPoll.create({ backend, events: 'IN|OUT' });
  assert.equal(parsed({ vp }), { vp: { fd: vp.fd, backend, events: formatEvents(vp.events) } });
  vp.set(0);
  assert.equal(parsed(vp), { fd: vp.fd, backend, events: '0' });
  closeFd(vp.fd);
  assert.equal(parsed(vp), { fd: vp.fd, state: 'closed behind its back' });
  refusal(() => {
    vp.close();
  }, 'EBADF');
  assert.equal(parsed(vp), { fd: -1, state: 'closed' });
});

test('a Poller: what it watches, and how, without its data', () => {
  using vp = VPoll.create({ backend });
  using other = VPoll.create({ backend });
  const poller = Poller.create();
  assert.equal(parsed(poller), { isClosed: false, watched: [] });
  assert.is(inspect(poller), 'Poller { nothing watched }');
  const data: { self?: unknown } = {};
  data.self = data;
  poller.add(vp, 'IN|PRI', { edge: true, oneshot: true, data });
  poller.add(other.fd, 0, { listener: () => undefined });
  assert.equal(parsed(poller), {
    isClosed: false,
    watched: [
      { fd: vp.fd, events: 'IN|PRI', edge: true, oneshot: true },
      { fd: other.fd, events: '0' },
    ],
  });
  assert.is(inspect(poller), `Poller { fd ${vp.fd}: IN|PRI edge oneshot, fd ${other.fd}: 0 }`);
  poller.close();
  assert.equal(parsed(poller), { isClosed: true, watched: [] });
  assert.is(inspect(poller), 'Poller { closed }');
});

test('an error: with its message', () => {
  const { message } = refusal(() => VPoll.create({ backend: 'pipe' as never }), 'EINVAL');
  const error = new VPollError('EBADF', 'vpoll_ctl', 'why');
  assert.equal(parsed({ error }), {
    error: { name: 'VPollError', code: 'EBADF', errno: -9, syscall: 'vpoll_ctl', message: error.message },
  });
  assert.match(message, 'pipe');
});

test('a file of a kernel: its number', () => {
  const counter = realKernel().eventfd();
  assert.equal(parsed(counter), { fd: counter.fd });
  counter.close();
  assert.equal(parsed(counter), { fd: -1 });
});

test.run();

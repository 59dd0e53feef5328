// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// A number that stood for a vpoll, was closed behind its back and stands for something else now. A request by number goes to what it
// stands for now, or is EBADF.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, EPOLLPRI, VPoll, vpoll_close, vpoll_ctl, vpoll_errno } from '../../src/index.js';
import { BACKEND as backend, IN, IS_FILE, OUT } from './support/backend.js';
import { refusal } from './support/errors.js';
import { closeFd, dup, dup2, pipe, pollNow } from './support/libc.js';

test('a pipe under the number of an exclusive vpoll is no vpoll, whatever is asked of it', () => {
  for (const [op, events] of [
    [1, EPOLLIN],
    [3, EPOLLIN],
    [1, 0],
    [2, EPOLLIN],
    [3, 0],
  ] as const) {
    const vp = VPoll.create({ backend, exclusive: true });
    const [reader, writer] = pipe();
    dup2(reader, vp.fd);
    try {
      assert.is(vpoll_ctl(vp.fd, op, events), -1, `op ${op}, events ${events}`);
      assert.is(vpoll_errno(), 9);
    } finally {
      for (const fd of [reader, writer, vp.fd]) closeFd(fd);
    }
  }
});

for (const exclusive of [false, true]) {
  test(`a dup of another vpoll takes the number (of one with exclusive: ${exclusive}): requests go to the other`, () => {
    const other = VPoll.create({ backend });
    const stale = VPoll.create({ backend, exclusive });
    const { fd } = stale;
    dup2(other.fd, fd);
    try {
      assert.is(vpoll_ctl(fd, 1, EPOLLIN), 0);
      assert.is(pollNow(other.fd), IN);
      assert.is(vpoll_ctl(fd, 3, EPOLLOUT), 0);
      assert.is(other.events, OUT);
      assert.is(vpoll_close(fd), 0);
      assert.is(other.events, OUT);
    } finally {
      other.close();
    }
  });
}

test('socketpair: an error that looks for a better backend takes no number, so nothing is forgotten for it', () => {
  const vp = VPoll.create({ backend: 'socketpair' });
  const copy = dup(vp.fd);
  assert.is(vpoll_ctl(copy, 2, 0), 0);
  closeFd(vp.fd);
  refusal(() => VPoll.create({ backend: 'socketpair', events: EPOLLPRI }), 'EOPNOTSUPP', 'vpoll_create');
  vp.add(EPOLLIN);
  assert.is(pollNow(copy), 0x41);
  refusal(vp.close.bind(vp), 'EBADF', 'vpoll_close');
  assert.is(vpoll_close(copy), 0);
});

if (IS_FILE) {
  test('a vpoll file, limit: no call tells two of them apart, so an object takes a dup under its number for its own (docs/core.md)', () => {
    const other = VPoll.create({ backend });
    const stale = VPoll.create({ backend });
    dup2(other.fd, stale.fd);
    try {
      stale.add(EPOLLIN);
      assert.is(other.events, IN);
      stale.close();
      assert.is(other.events, IN);
    } finally {
      other.close();
    }
  });
}

test('socketpair, limit (decision 003): a dup that vpoll was never told of sees a hangup when a new vpoll takes the number of its original', () => {
  const old = VPoll.create({ backend: 'socketpair', events: EPOLLIN });
  const copy = dup(old.fd);
  const { fd } = old;
  closeFd(fd);
  const young = VPoll.create({ backend: 'socketpair' });
  try {
    assert.is(young.fd, fd);
    assert.is(pollNow(copy) & 0x10, 0x10);
  } finally {
    young.close();
    closeFd(copy);
  }
});

test.run();

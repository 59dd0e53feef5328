// SPDX-License-Identifier: LGPL-2.1-or-later

// A number that stood for a vpoll, was closed behind its back and stands for something else now: a request by number goes to what it
// stands for now, or is EBADF.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll, vpoll_close, vpoll_ctl, vpoll_errno } from '../../src/index.js';
import { closeFd, dup, dup2, pipe, pollNow } from './support/libc.js';

const backend = 'socketpair';

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
      assert.is(pollNow(other.fd), 0x41);
      assert.is(vpoll_ctl(fd, 3, EPOLLOUT), 0);
      assert.is(other.events, 0x304);
      assert.is(vpoll_close(fd), 0);
      assert.is(other.events, 0x304);
    } finally {
      other.close();
    }
  });
}

test('limit (decision 003): a dup that vpoll was never told of sees a hangup when a new vpoll takes the number of its original', () => {
  const old = VPoll.create({ backend, events: EPOLLIN });
  const copy = dup(old.fd);
  const { fd } = old;
  closeFd(fd);
  const young = VPoll.create({ backend });
  try {
    assert.is(young.fd, fd);
    assert.is(pollNow(copy) & 0x10, 0x10);
  } finally {
    young.close();
    closeFd(copy);
  }
});

test.run();

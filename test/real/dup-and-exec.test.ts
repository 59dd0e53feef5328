// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node

// Defect 10 of libvpoll's emulator: ctl on a dup of the descriptor is EBADF, and after an exec it shows HUP. A dup is the same vpoll,
// and a vpoll that isn't close-on-exec keeps its state in the program that comes next.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll, vpoll_close, vpoll_ctl, vpoll_errno } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND as backend, IN, OUT } from './support/backend.js';
import { countFds, dup, pollNow, settle } from './support/libc.js';
import { Peer } from './support/with-peer.js';

test('defect 10: ctl on a dup changes the vpoll', () => {
  const before = countFds();
  const vp = VPoll.create({ backend });
  const copy = dup(vp.fd);
  assert.is(vpoll_ctl(copy, 1, EPOLLIN), 0);
  assert.is(pollNow(vp.fd), IN);
  assert.is(vp.events, IN);
  vp.set(EPOLLOUT);
  assert.is(pollNow(copy), OUT);
  vp.close();
  assert.is(pollNow(copy), OUT, 'the dup lives on, without a hangup');
  assert.is(vpoll_ctl(copy, 3, EPOLLIN), 0);
  assert.is(pollNow(copy), IN);
  assert.is(vpoll_close(copy), 0);
  assert.is(vpoll_close(copy), -1);
  assert.is(vpoll_errno(), 9);
  assert.is(countFds(), before);
});

test('defect 10: a dup that vpoll was never told of keeps the state when the original is closed', () => {
  const vp = VPoll.create({ backend, events: EPOLLIN });
  const copy = dup(vp.fd);
  const copies = [copy, dup(copy), dup(copy)];
  for (const fd of copies) assert.is(vpoll_ctl(fd, 1, EPOLLOUT), 0);
  for (const fd of copies) {
    assert.is(pollNow(fd), IN | OUT);
    assert.is(vpoll_close(fd), 0);
    assert.is(pollNow(vp.fd), IN | OUT);
  }
  vp.close();
});

const PROGRAM = `
import os, select, sys
fds = [int(fd) for fd in sys.argv[1:]]
poll = select.poll()
for fd in fds: poll.register(fd, 0x7fff)
print(dict(poll.poll(0)).get(fds[0], 0))
`;

test.before(settle);

needs(test, 'python3')('defect 10: a program that comes by exec(2) sees the state', () => {
  for (const [events, shown] of [
    [EPOLLIN, IN],
    [EPOLLOUT, OUT],
    [0, 0],
  ]) {
    // sh holds the same open files and becomes python by exec(2); the hidden end travels the same way and stays open.
    using vp = VPoll.create({ backend, events, cloexec: false });
    const { stdio } = vp.share();
    const { status, stdout } = spawnSync(
      'sh',
      ['-c', 'exec python3 -c "$@"', 'sh', PROGRAM, ...stdio.map((_, i) => String(3 + i))],
      {
        stdio: ['ignore', 'pipe', 'inherit', ...stdio],
        encoding: 'utf8',
        timeout: 20_000,
      },
    );
    assert.is(status, 0);
    assert.is(Number(stdout), shown);
  }
});

needs(test, 'python3')('defect 10: exec(2) in place, with nobody left behind', async () => {
  await Peer.with({}, async (peer) => {
    peer.start(
      ({ vpoll, libc }, { program, name }) => {
        const vp = vpoll.VPoll.create({ backend: name, events: 1, cloexec: false });
        libc.execPython(program, vp.fd);
      },
      { program: PROGRAM.trim().replace('print(', 'print(\'{"value":%d}\' % '), name: backend },
    );
    assert.is(await peer.result(), IN);
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: a guest, vm files

// Which file is a vpoll: any that answers the ioctl, however its number came here, and no other. A foreign file that took the number of
// a vpoll is EBADF, and stays as it was.

import { closeSync, openSync, readSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, VPoll, vpoll_close, vpoll_ctl, vpoll_errno } from '../../../src/index.js';
import { BACKEND as backend, IS_FILE } from '../../real/support/backend.js';
import { refusal } from '../../real/support/errors.js';
import { epollCreate, eventfd, fromProcess } from '../../real/support/kernel.js';
import { countFds, dup, dup2, pipe, pollNow, settle } from '../../real/support/libc.js';
import { Observer } from '../../real/support/observer.js';
import { Peer } from '../../real/support/with-peer.js';
import { EBADF } from '../../../host/errno.js';

test.before(settle);

const requests: Record<string, (vp: VPoll) => unknown> = {
  add: (vp) => {
    vp.add(EPOLLIN);
  },
  delete: (vp) => {
    vp.delete(EPOLLIN);
  },
  set: (vp) => {
    vp.set(EPOLLPRI);
  },
  events: (vp) => vp.events,
  share: (vp) => vp.share(),
  close: (vp) => {
    vp.close();
  },
};

/** What an exclusive vpoll says without asking the kernel: the mask that it remembers, and that it can't be shared. */
const WITHOUT_A_CALL = ['events', 'share'];

assert.ok(IS_FILE, 'these are about vpoll files: set VPOLL_BACKEND to eventfd or device');

/** Lets `foreign` take the number of a vpoll, asks that for everything, by object and by number, and hands the number to `check`. */
function reused(foreign: number, check: (fd: number) => void): void {
  for (const exclusive of [false, true]) {
    for (const [name, request] of Object.entries(requests)) {
      const vp = VPoll.create({ backend, events: EPOLLIN, exclusive });
      const { fd } = vp;
      dup2(foreign, fd);
      if (!exclusive || !WITHOUT_A_CALL.includes(name)) refusal(() => request(vp), 'EBADF');
      if (vp.fd >= 0) refusal(vp.close.bind(vp), 'EBADF', 'vpoll_close');
      for (const call of [() => vpoll_ctl(fd, 1, EPOLLIN), () => vpoll_ctl(fd, 2, EPOLLIN), () => vpoll_close(fd)]) {
        assert.is(call(), -1);
        assert.is(vpoll_errno(), EBADF);
      }
      check(fd);
      closeSync(fd);
    }
  }
}

test('a foreign eventfd, a counter, under the number of a vpoll: EBADF, and its count is what it was', () => {
  const before = countFds();
  const counter = eventfd(7, 0x800);
  reused(counter, (fd) => {
    assert.is(pollNow(fd), EPOLLIN | EPOLLOUT);
  });
  const word = Buffer.alloc(8);
  assert.is(readSync(counter, word), 8);
  assert.is(word.readBigUInt64LE(), 7n);
  closeSync(counter);
  assert.is(countFds(), before);
});

test('other files under the number of a vpoll: EBADF', () => {
  const before = countFds();
  const [reader, writer] = pipe();
  const socket = VPoll.create({ backend: 'socketpair' });
  const files = [
    epollCreate(),
    openSync('/dev/null', 'r+'),
    openSync('/dev/zero', 'r'),
    openSync('/dev/ptmx', 'r+'),
    openSync('/', 'r'),
  ];
  for (const foreign of [reader, writer, socket.share().stdio[1]!, ...files]) {
    const shown = pollNow(foreign);
    reused(foreign, (fd) => {
      assert.is(pollNow(fd), shown);
    });
  }
  assert.is(pollNow(socket.fd), 0);
  socket.close();
  for (const fd of [reader, writer, ...files]) closeSync(fd);
  assert.is(countFds(), before);
});

test('a dup, and a dup of that, is the same vpoll; the last one keeps the state', () => {
  const before = countFds();
  const vp = VPoll.create({ backend, events: EPOLLPRI });
  const copies = [dup(vp.fd)];
  copies.push(dup(copies[0]!));
  assert.is(vpoll_ctl(copies[1]!, 1, EPOLLHUP), 0);
  for (const fd of [vp.fd, ...copies]) assert.is(pollNow(fd), EPOLLPRI | EPOLLHUP);
  vp.close();
  assert.is(vpoll_close(copies[0]!), 0);
  assert.is(pollNow(copies[1]!), EPOLLPRI | EPOLLHUP);
  assert.is(vpoll_ctl(copies[1]!, 2, EPOLLPRI), 0);
  assert.is(pollNow(copies[1]!), EPOLLHUP);
  assert.is(vpoll_close(copies[1]!), 0);
  assert.is(countFds(), before);
});

test('a python process by fork(2), which knows only write(2), sees and changes the same vpoll', async () => {
  using vp = VPoll.create({ backend });
  await Observer.with([vp.fd], async (observer) => {
    assert.equal(await observer.ask({ do: 'fork_and_request', fd: 3, op: 1, events: EPOLLPRI | EPOLLIN }), {
      status: EPOLLPRI | EPOLLIN,
    });
    assert.is(vp.events, EPOLLPRI | EPOLLIN);
    vp.set(EPOLLHUP);
    assert.is(await observer.poll(), EPOLLHUP);
    await observer.ask({ do: 'request', fd: 3, op: 2, events: EPOLLHUP });
    assert.is(vp.events, 0);
  });
});

test('sent over a unix socket (SCM_RIGHTS) to a process that never heard of it: both control it', async () => {
  using vp = VPoll.create({ backend });
  await Observer.with([vp.fd], async (observer) => {
    // Between two processes of python: the second gets it by no other way.
    assert.equal(await observer.ask({ do: 'pass_on', fd: 3, op: 1, events: EPOLLPRI }), {
      seen: EPOLLPRI | EPOLLOUT,
      asked: EPOLLPRI | EPOLLOUT,
    });
    assert.is(vp.events, EPOLLPRI | EPOLLOUT);
    vp.delete(EPOLLPRI);
    assert.is(await observer.poll(), EPOLLOUT);
  });
});

test('taken from another process by pidfd_getfd(2): the library knows it for a vpoll, by number', async () => {
  await Peer.with({}, async (peer) => {
    await peer.run(({ libc }) => {
      libc.allowTracing();
    });
    const there = await peer.run(({ vpoll, kept }, name) => {
      const made = vpoll.VPoll.create({ backend: name, events: 2 });
      kept.set('vp', made);
      return made.fd;
    }, backend);
    const fd = fromProcess(peer.pid, there);
    assert.is(pollNow(fd), EPOLLPRI);
    assert.is(vpoll_ctl(fd, 1, EPOLLIN), 0);
    assert.is(await peer.run(({ kept }) => kept.get('vp')!.events), EPOLLPRI | EPOLLIN);
    // The other ends; the vpoll doesn't.
    await peer.run(({ kept }) => {
      kept.get('vp')!.close();
    });
    assert.is(vpoll_ctl(fd, 2, EPOLLPRI), 0);
    assert.is(pollNow(fd), EPOLLIN);
    assert.is(vpoll_close(fd), 0);
    assert.is(vpoll_close(fd), -1);
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: a guest, vm files

// A vpoll file that was handed on: by a token, or as a bare number. It is recognised, not trusted: a foreign file is EBADF and stays
// as it was.

import { closeSync, openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLIN, EPOLLPRI, VPoll } from '../../../src/index.js';
import { BACKEND as backend, IS_FILE } from '../../real/support/backend.js';
import { refusal } from '../../real/support/errors.js';
import { eventfd } from '../../real/support/kernel.js';
import { countFds, isCloexec, pipe, pollNow, settle } from '../../real/support/libc.js';
import { Peer } from '../../real/support/with-peer.js';

test.before(settle);

assert.ok(IS_FILE, 'these are about vpoll files: set VPOLL_BACKEND to eventfd or device');

test('the token of a vpoll file names one descriptor, wherever the child is to have it', () => {
  using vp = VPoll.create({ backend });
  const { stdio, token, env } = vp.share(7);
  assert.equal(stdio, [vp.fd]);
  assert.match(token, /^1:strict:7:-1:/);
  assert.equal(env, { VPOLL_SHARE: token });
});

test('a child under another number than 3', async () => {
  using vp = VPoll.create({ backend, events: EPOLLPRI });
  const { stdio, env } = vp.share(5);
  await Peer.with({ fds: [openSync('/dev/null', 'r'), openSync('/dev/null', 'r'), ...stdio], env }, async (peer) => {
    const found = await peer.run(({ vpoll }) => {
      const got = vpoll.VPoll.attach();
      got.add(8);
      return { fd: got.fd, backend: got.backend, events: got.events };
    });
    assert.equal(found, { fd: 5, backend, events: EPOLLPRI | EPOLLERR });
    assert.is(vp.events, EPOLLPRI | EPOLLERR);
  });
});

test('a bare number is enough: a child controls what it inherited by vpoll_ctl', async () => {
  using vp = VPoll.create({ backend, events: EPOLLPRI });
  await Peer.with({ fds: [vp.fd] }, async (peer) => {
    const found = await peer.run(({ vpoll, libc }) => {
      const statuses = [vpoll.vpoll_ctl(3, vpoll.VPOLL_CTL_ADDEVENTS, 0x10), libc.pollNow(3)];
      statuses.push(vpoll.vpoll_close(3), vpoll.vpoll_close(3), vpoll.vpoll_errno());
      return statuses;
    });
    assert.equal(found, [0, EPOLLPRI | 0x10, 0, -1, 9]);
    assert.is(vp.events, EPOLLPRI | 0x10, 'the child closed what is its own');
  });
});

test('foreign descriptors are EBADF, and stay as they are', async () => {
  using vp = VPoll.create({ backend });
  using pair = VPoll.create({ backend: 'socketpair' });
  const [reader, writer] = pipe();
  const counter = eventfd(1, 0);
  const file = openSync('/dev/null', 'r+');
  const { env } = vp.share();
  for (const fd of [reader, writer, counter, file, ...pair.share().stdio]) {
    await Peer.with({ fds: [fd], env }, async (peer) => {
      const look = (): Promise<(number | boolean)[]> =>
        peer.run(({ libc }) => [libc.countFds(), libc.isCloexec(3), libc.pollNow(3)]);
      await peer.settle();
      const before = await look();
      const error = await peer.refused(({ vpoll }) => vpoll.VPoll.attach());
      assert.equal([error.code, error.errno], ['EBADF', -9]);
      assert.equal(await look(), before);
    });
  }
  for (const fd of [reader, writer, counter, file]) closeSync(fd);
});

test("a socketpair's token finds no socketpair in a vpoll file, and the file stays as it is", async () => {
  using vp = VPoll.create({ backend, events: EPOLLIN });
  using pair = VPoll.create({ backend: 'socketpair' });
  await Peer.with({ fds: [vp.fd, vp.fd], env: pair.share().env }, async (peer) => {
    assert.is((await peer.refused(({ vpoll }) => vpoll.VPoll.attach())).code, 'EBADF');
    assert.is(await peer.run(({ libc }) => libc.pollNow(3)), EPOLLIN);
  });
});

test('what is a vpoll of this process already is EEXIST, and goes on working', () => {
  const before = countFds();
  const vp = VPoll.create({ backend });
  refusal(() => VPoll.attach(`1:strict:${vp.fd}:-1:0:0`), 'EEXIST', 'vpoll_attach');
  vp.add(EPOLLPRI);
  assert.is(pollNow(vp.fd), EPOLLPRI);
  assert.ok(isCloexec(vp.fd));
  vp.close();
  assert.is(countFds(), before);
});

test.run();

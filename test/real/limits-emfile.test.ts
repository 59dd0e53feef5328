// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// A process that is out of descriptors: EMFILE leaves nothing behind, says what to do, and all is well once there is room.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKEND, FDS } from './support/backend.js';
import { Peer } from './support/with-peer.js';

const before = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];

const SYSCALL = { eventfd: 'eventfd', device: 'open', fuse: 'openat', tcp: 'socket', socketpair: 'socketpair' };

test('EMFILE on create, with one descriptor left and with none', async () => {
  await Peer.with({ before }, async (peer) => {
    // Node opens what it needs of its own before the room is filled.
    await peer.run(({ vpoll }, backend) => {
      vpoll.VPoll.create({ backend }).close();
    }, BACKEND);
    const found = await peer.run(({ vpoll, libc }, backend) => {
      const fill: number[] = [];
      const probe = libc.dup(0);
      const tryCreate = (): object => {
        const fdsBefore = libc.freeFds(64);
        try {
          vpoll.VPoll.create({ backend }).close();
          return { code: 'none', leaked: fdsBefore - libc.freeFds(64) };
        } catch (error) {
          const { code, errno, syscall, message } = error as InstanceType<typeof vpoll.VPollError>;
          return { code, errno, syscall, hint: message.includes('ulimit -n'), leaked: fdsBefore - libc.freeFds(64) };
        }
      };
      while (libc.freeFds(64) > 0) fill.push(libc.dup(probe));
      const none = tryCreate();
      libc.closeFd(fill.pop()!);
      const one = tryCreate();
      libc.closeFd(fill.pop()!);
      const two = tryCreate();
      while (libc.freeFds(64) > 0) fill.push(libc.dup(probe));
      const byNumber = [vpoll.vpoll_create(0, 0, { backend }), vpoll.vpoll_errno()];
      for (const fd of fill) libc.closeFd(fd);
      const again = tryCreate();
      libc.closeFd(probe);
      return { none, one, two, again, byNumber };
    }, BACKEND);
    const refused = { code: 'EMFILE', errno: -24, syscall: SYSCALL[BACKEND], hint: true, leaked: 0 };
    const made = { code: 'none', leaked: 0 };
    // A connection takes a third descriptor while it is made, for its listener; what fails is the copy that keeps a number for the other end.
    const two = BACKEND === 'tcp' ? { ...refused, syscall: 'fcntl' } : made;
    assert.equal(found, { none: refused, one: FDS > 1 ? refused : made, two, again: made, byNumber: [-1, 24] });
  });
});

test('socketpair: EMFILE takes back the hidden ends of vpolls that were closed behind our back, and succeeds', async () => {
  await Peer.with({ before }, async (peer) => {
    const found = await peer.run(({ vpoll, libc }) => {
      const forgotten = [1, 2, 3].map(() => vpoll.vpoll_create(0, 0, { backend: 'socketpair' }));
      const probe = libc.dup(0);
      const fill: number[] = [];
      while (libc.freeFds(64) > 0) fill.push(libc.dup(probe));
      // Each leaves a number that is taken at once, and a hidden end that nobody needs.
      for (const fd of forgotten) {
        libc.closeFd(fd);
        fill.push(libc.dup(probe));
      }
      const free = libc.freeFds(64);
      const fd = vpoll.vpoll_create(1, 0, { backend: 'socketpair' });
      const shown = libc.pollNow(fd);
      const closed = vpoll.vpoll_close(fd);
      const after = libc.freeFds(64);
      for (const each of [probe, ...fill]) libc.closeFd(each);
      return { free, shown, closed, after };
    });
    assert.equal(found, { free: 0, shown: 0x41, closed: 0, after: 3 });
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm emulators/tcp

// A vpoll's descriptors travel over a unix socket (SCM_RIGHTS), to a python3 program and back, and to another process with vpoll in it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { closeFd, isCloexec, pollNow, sockets, socketsSince } from './support/libc.js';
import { Observer } from './support/observer.js';
import { receiveFds, sendFds, unixPair } from './support/rights.js';
import { IN, OUT } from './support/states.js';
import { Peer } from './support/with-peer.js';

const withPython = needs(test, 'python3');

withPython('to python and back: python polls it, and what comes back is attached and controls the same vpoll', async () => {
  const before = sockets();
  const vp = VPoll.create({ backend: 'socketpair' });
  const { token, stdio } = vp.share();
  const [here, there] = unixPair();
  await Observer.with([there], async (python) => {
    sendFds(here, stdio);
    const { fds } = (await python.ask({ do: 'receive_fds', fd: 3, count: 2 })) as { fds: [number, number] };
    vp.add(EPOLLIN);
    assert.is(await python.poll(fds[0]), IN);
    await python.ask({ do: 'send_fds', fd: 3, fds });
    const back = receiveFds(here, 2);
    using other = VPoll.attach(token, back);
    assert.is(other.fd, back[0]);
    assert.ok(back.every(isCloexec));
    other.set(EPOLLOUT);
    assert.is(pollNow(vp.fd), OUT);
    // The maker ends; the receiver goes on.
    vp.close();
    other.add(EPOLLIN);
    assert.is(await python.poll(fds[0]), IN | OUT);
  });
  closeFd(here);
  closeFd(there);
  // By name: what loads the tests may have closed sockets of its own meanwhile.
  assert.equal(await socketsSince(before), []);
});

withPython('python makes a waiter of what it received, blocks, and is woken', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  const [here, there] = unixPair();
  await Observer.with([there], async (python) => {
    sendFds(here, [vp.fd]);
    const { fds } = (await python.ask({ do: 'receive_fds', fd: 3, count: 1 })) as { fds: [number] };
    await python.block({ do: 'poll_blocking', fd: fds[0], interest: EPOLLIN });
    vp.add(EPOLLIN);
    assert.is((await python.answer()).events, EPOLLIN);
  });
  closeFd(here);
  closeFd(there);
});

test('to a process that was not started for it: it attaches by the token and the numbers that it got', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  const { token, stdio } = vp.share();
  const [here, there] = unixPair();
  await Peer.with({ fds: [there] }, async (peer) => {
    sendFds(here, stdio);
    const found = await peer.run(({ vpoll, libc, rights, kept }, shared) => {
      const fds = rights.receiveFds(3, 2);
      const wrong = libc.pipe();
      let code = '';
      try {
        vpoll.VPoll.attach(shared, wrong);
      } catch (error) {
        code = (error as { code: string }).code;
      }
      const mine = vpoll.VPoll.attach(shared, fds);
      kept.set('vp', mine);
      mine.add(1);
      return { code, isTaken: mine.fd === fds[0], shown: libc.pollNow(mine.fd), pipe: libc.pollNow(wrong[0]) };
    }, token);
    assert.equal(found, { code: 'EBADF', isTaken: true, shown: IN, pipe: 0 });
    assert.is(vp.events, IN);
    vp.delete(EPOLLIN);
    assert.is(await peer.run(({ kept }) => kept.get('vp')!.events), 0);
  });
  closeFd(here);
  closeFd(there);
});

test.run();

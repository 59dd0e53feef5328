// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// create() in a process whose kernel refuses: the error names the errno and the call, and no descriptor is left open. strace gives
// the errors, so it is the real host and the real libc that carry them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { injecting, type Injection } from './support/inject.js';
import { Peer } from './support/with-peer.js';

interface Case extends Injection {
  errnoNumber: number;
}

const cases: Case[] = [
  { call: 'socketpair', errno: 'ENFILE', errnoNumber: 23, when: '1' },
  { call: 'socketpair', errno: 'EMFILE', errnoNumber: 24, when: '1' },
  { call: 'socketpair', errno: 'ENOMEM', errnoNumber: 12, when: '1' },
  { call: 'socketpair', errno: 'EAFNOSUPPORT', errnoNumber: 97, when: '1' },
  { call: 'send', errno: 'ENOBUFS', errnoNumber: 105, when: '1' },
  { call: 'send', errno: 'ENOMEM', errnoNumber: 12, when: '2' },
  { call: 'setsockopt', errno: 'ENOMEM', errnoNumber: 12, when: '1' },
  { call: 'setsockopt', errno: 'EPERM', errnoNumber: 1, when: '2' },
  { call: 'poll', errno: 'ENOMEM', errnoNumber: 12, when: '1' },
  { call: 'fstat', errno: 'ENOMEM', errnoNumber: 12, when: '1' },
  { call: 'fstat', errno: 'EIO', errnoNumber: 5, when: '2' },
  { call: 'socketpair', errno: 'EOWNERDEAD', errnoNumber: 130, when: '1' },
];

interface Outcome {
  code: string;
  errno: number;
  syscall: string;
  leaked: number;
  message: string;
}

/** Creates there; what was thrown, and how many descriptors are open that were not. */
function create(peer: Peer): Promise<Outcome> {
  return peer.run(({ vpoll, libc }) => {
    // Listing /proc/self/fd would make calls of its own.
    const before = libc.freeFds(256);
    try {
      vpoll.VPoll.create({ backend: 'socketpair', events: 1 }).close();
      return { code: 'none', errno: 0, syscall: '', leaked: before - libc.freeFds(256), message: '' };
    } catch (error) {
      const { code, errno, syscall, message } = error as InstanceType<typeof vpoll.VPollError>;
      return { code, errno, syscall, leaked: before - libc.freeFds(256), message };
    }
  });
}

const withStrace = needs(test, 'strace');

withStrace('each call of create that can fail', async () => {
  await Peer.with({}, async (peer) => {
    await peer.run(({ libc }) => {
      libc.allowTracing();
    });
    assert.is((await create(peer)).code, 'none');
    for (const { errnoNumber, ...injection } of cases) {
      const name = JSON.stringify(injection);
      const found = await injecting(peer, [injection], () => create(peer));
      assert.is(found.code, injection.errno === 'EOWNERDEAD' ? 'E130' : injection.errno, name);
      assert.is(found.errno, -errnoNumber, name);
      assert.is(found.syscall, injection.call, name);
      assert.is(found.leaked, 0, name);
      if (injection.errno === 'ENFILE') assert.match(found.message, 'fs.file-max');
      if (injection.errno === 'EMFILE') assert.match(found.message, 'ulimit -n');
      const after = await create(peer);
      assert.equal([after.code, after.leaked], ['none', 0], `after ${name}`);
    }
  });
});

withStrace('what refuses /dev/vpoll is told to who needs it', async () => {
  for (const [errno, remedy] of [
    ['EACCES', 'udev'],
    ['EPERM', 'udev'],
    ['ENXIO', 'load vpoll.ko'],
    ['ENODEV', 'load vpoll.ko'],
  ] as const) {
    await Peer.with({}, async (peer) => {
      await peer.run(({ libc, vpoll }) => {
        libc.allowTracing();
        vpoll.VPoll.create().close();
      });
      const error = await injecting(peer, [{ call: 'open', errno, when: '1+' }], () =>
        peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'device' })),
      );
      assert.equal([error.code, error.syscall], ['EOPNOTSUPP', 'vpoll_create']);
      assert.match(error.message, remedy);
    });
  }
});

withStrace('a kernel that shows something else than it should: EOPNOTSUPP, nothing left open', async () => {
  await Peer.with({}, async (peer) => {
    await peer.run(({ libc, vpoll }) => {
      libc.allowTracing();
      vpoll.VPoll.create().close();
    });
    // strace lets setsockopt() succeed and do nothing: OUT stays.
    const found = await injecting(peer, [{ call: 'setsockopt', errno: '', when: '2' }], () => create(peer));
    assert.equal([found.code, found.leaked], ['EOPNOTSUPP', 0]);
  });
});

test.run();

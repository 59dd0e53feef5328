// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: a guest, vm files

// A kernel that refuses, by strace: an error of create leaves no descriptor, one of a request changes nothing, and EINTR is nobody's
// business.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKEND as backend, IS_FILE } from '../../real/support/backend.js';
import { injecting, type Injection } from '../../real/support/inject.js';
import { Peer, type PeerError } from '../../real/support/with-peer.js';
import { needs } from '../../support/needs.js';

assert.ok(IS_FILE, 'these are about vpoll files: set VPOLL_BACKEND to eventfd or device');

interface Outcome {
  code: string;
  syscall: string;
  leaked: number;
}

/** Creates there, by name of the backend. */
function create(peer: Peer): Promise<Outcome> {
  return peer.run(({ vpoll, libc }, name) => {
    const before = libc.freeFds(256);
    try {
      vpoll.VPoll.create({ backend: name, events: 2 }).close();
      return { code: '', syscall: '', leaked: before - libc.freeFds(256) };
    } catch (error) {
      const { code, syscall } = error as InstanceType<typeof vpoll.VPollError>;
      return { code, syscall, leaked: before - libc.freeFds(256) };
    }
  }, backend);
}

async function withTraced(use: (peer: Peer) => Promise<void>): Promise<void> {
  await Peer.with({}, async (peer) => {
    await peer.run(({ libc, vpoll }, name) => {
      libc.allowTracing();
      vpoll.VPoll.create({ backend: name }).close();
    }, backend);
    await use(peer);
  });
}

const withStrace = needs(test, 'strace');
/** The call that makes the file; strace has another name for eventfd(2). */
const [opening, made] = backend === 'eventfd' ? ['eventfd2', 'eventfd'] : ['open', 'open'];

withStrace('each shortage of create is told by name, and leaves nothing', () =>
  withTraced(async (peer) => {
    for (const errno of ['EMFILE', 'ENFILE', 'ENOMEM']) {
      const found = await injecting(peer, [{ call: opening, errno, when: '1+' }], () => create(peer));
      assert.equal(found, { code: errno, syscall: made, leaked: 0 }, errno);
      assert.equal(await create(peer), { code: '', syscall: '', leaked: 0 }, `after ${errno}`);
    }
  }),
);

withStrace('a request that fails changes nothing, and says which call it was', () =>
  withTraced(async (peer) => {
    for (const exclusive of [false, true]) {
      await peer.run(({ vpoll, kept }, options) => void kept.set('vp', vpoll.VPoll.create({ ...options, events: 2 })), {
        backend,
        exclusive,
      });
      const injection: Injection = { call: 'ioctl', errno: 'ENOMEM', when: '1+' };
      const errors = await injecting(peer, [injection], () =>
        peer.run(({ kept }) => {
          const vp = kept.get('vp')!;
          const calls = [
            ['add', 1],
            ['delete', 2],
            ['set', 5],
          ] as const;
          return calls.map(([name, events]) => {
            try {
              vp[name](events);
              return 'none';
            } catch (error) {
              const { code, syscall } = error as PeerError;
              return `${code} ${syscall}`;
            }
          });
        }),
      );
      assert.equal(errors, Array<string>(3).fill('ENOMEM ioctl'));
      const after = await peer.run(({ kept, libc }) => {
        const vp = kept.get('vp')!;
        const state = [libc.pollNow(vp.fd), vp.events];
        vp.set(5);
        state.push(libc.pollNow(vp.fd), vp.events);
        vp.close();
        return state;
      });
      assert.equal(after, [2, 2, 5, 5]);
    }
  }),
);

withStrace('EINTR is tried again', () =>
  withTraced(async (peer) => {
    const interrupted: Injection[] = [{ call: 'ioctl', errno: 'EINTR', when: '1..3' }];
    if (backend === 'device') interrupted.push({ call: 'open', errno: 'EINTR', when: '1..3' });
    const found = await injecting(peer, interrupted, () =>
      peer.run(({ vpoll, libc }, name) => {
        const vp = vpoll.VPoll.create({ backend: name, events: 2 });
        vp.set(0x10);
        const seen = libc.pollNow(vp.fd);
        vp.close();
        return seen;
      }, backend),
    );
    assert.is(found, 0x10);
  }),
);

test.run();

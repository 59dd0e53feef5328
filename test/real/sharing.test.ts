// SPDX-License-Identifier: LGPL-2.1-or-later

// The state of a vpoll is what the kernel objects hold, never what a process remembers: a process that has the
// descriptors sees and controls the same one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, VPoll, type VPollOptions } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND, FDS, HUP, IN, IS_FILE, OUT, HANGUP } from './support/backend.js';
import { refusal } from './support/errors.js';
import { pollNow, settle } from './support/libc.js';
import { Observer } from './support/observer.js';
import * as unix from './support/states.js';
import { Peer } from './support/with-peer.js';

test.before(settle);

/** Runs with a Node process that has attached to `vp` and keeps it as 'vp'. */
async function withAttached(vp: VPoll, use: (peer: Peer) => Promise<void>): Promise<void> {
  const { stdio, env } = vp.share();
  await Peer.with({ fds: stdio, env }, async (peer) => {
    await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
    await use(peer);
  });
}

function shownThere(peer: Peer): Promise<number> {
  return peer.run(({ kept }) => kept.get('vp')!.events);
}

test('what a child ADDs, the parent can DEL, and the reverse', async () => {
  using vp = VPoll.create({ backend: BACKEND });
  await withAttached(vp, async (peer) => {
    for (const [events, shown] of [
      [EPOLLIN, IN],
      [EPOLLOUT, OUT],
      [EPOLLIN | EPOLLOUT, IN | OUT],
    ] as const) {
      await peer.run(({ kept }, bits) => {
        for (let i = 0; i < 5; i++) kept.get('vp')!.add(bits);
      }, events);
      assert.is(vp.events, shown);
      vp.delete(events);
      assert.is(pollNow(vp.fd), 0);
      assert.is(await shownThere(peer), 0);

      for (let i = 0; i < 5; i++) vp.add(events);
      assert.is(await shownThere(peer), shown);
      await peer.run(({ kept }, bits) => {
        kept.get('vp')!.delete(bits);
      }, events);
      assert.is(vp.events, 0);
      vp.set(events);
      await peer.run(({ kept }) => {
        kept.get('vp')!.set(0);
      });
      assert.is(vp.events, 0);
    }
  });
});

test('what attach brings: backend, close-on-exec, and the state as it is', async () => {
  using vp = VPoll.create({ backend: BACKEND, events: EPOLLIN });
  assert.is(vp.share().stdio.length, FDS);
  await withAttached(vp, async (peer) => {
    const found = await peer.run(({ kept, libc }, fds) => {
      const { fd, backend, events } = kept.get('vp')!;
      return { fd, backend, events, cloexec: Array.from({ length: fds }, (_, i) => libc.isCloexec(3 + i)) };
    }, FDS);
    assert.equal(found, { fd: 3, backend: BACKEND, events: IN, cloexec: Array<boolean>(FDS).fill(true) });
  });
});

/** The outcome of ADD HUP in the child: the code of its error, or '', and what the parent sees then. */
async function hangUpThere(options: VPollOptions): Promise<[code: string, events: number]> {
  using vp = VPoll.create({ ...options, events: EPOLLIN });
  let code = '';
  await withAttached(vp, async (peer) => {
    const added = peer.run(({ kept }) => {
      kept.get('vp')!.add(0x10);
    });
    await added.catch((reason: unknown) => (code = (reason as { code: string }).code));
  });
  return [code, vp.events];
}

test('what attach brings: the policy, where it matters', async () => {
  assert.equal(await hangUpThere({ backend: 'socketpair', policy: 'strict' }), ['EOPNOTSUPP', unix.IN]);
  assert.equal(await hangUpThere({ backend: 'socketpair', policy: 'closest' }), ['', unix.HUP]);
  if (!IS_FILE) return;
  for (const policy of ['strict', 'closest'] as const)
    assert.equal(await hangUpThere({ backend: BACKEND, policy }), ['', EPOLLIN | EPOLLHUP]);
});

test('socketpair: a final state that the child enters is final for the parent', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  await withAttached(vp, async (peer) => {
    await peer.run(({ kept }) => {
      kept.get('vp')!.add(0x2001);
    });
    assert.is(vp.events, unix.RDHUP);
    refusal(() => {
      vp.delete(EPOLLIN);
    }, 'EOPNOTSUPP');
    refusal(() => {
      vp.set(EPOLLOUT);
    }, 'EOPNOTSUPP');
    vp.add(EPOLLOUT);
    vp.add(EPOLLIN);
    vp.add(EPOLLHUP | EPOLLRDHUP);
    assert.is(await shownThere(peer), unix.HUP | unix.OUT);
  });
});

test('the child closes what is its own, and the vpoll stays', async () => {
  using vp = VPoll.create({ backend: BACKEND, events: EPOLLIN });
  await withAttached(vp, async (peer) => {
    const before = await peer.run(({ libc }) => libc.countFds());
    await peer.run(({ kept }) => {
      kept.get('vp')!.close();
    });
    assert.is(await peer.run(({ libc }) => libc.countFds()), before - FDS);
    assert.is(vp.events, IN);
    vp.set(EPOLLOUT);
    assert.is(vp.events, OUT);
  });
});

test('attaching twice is refused, and the first one still works', async () => {
  using vp = VPoll.create({ backend: BACKEND });
  await withAttached(vp, async (peer) => {
    const seen = await peer.run(({ vpoll, libc }) => {
      let code = '';
      try {
        vpoll.VPoll.attach();
      } catch (error) {
        code = (error as { code: string }).code;
      }
      vpoll.vpoll_ctl(3, vpoll.VPOLL_CTL_ADDEVENTS, 1);
      return `${code} ${libc.pollNow(3)}`;
    });
    assert.is(seen, `EEXIST ${IN}`);
  });
});

const withPython = needs(test, 'python3');

withPython('socketpair: a python child writes into the hidden end: IN, which the parent clears', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  await Observer.with(vp.share().stdio, async (observer) => {
    for (const size of [1, 300, 20_000]) {
      await observer.ask({ do: 'write', fd: 4, size });
      assert.is(vp.events, unix.IN);
      vp.delete(EPOLLIN);
      assert.is(await observer.poll(), 0);
      await observer.ask({ do: 'write', fd: 4, size });
      vp.set(EPOLLOUT);
      assert.is(await observer.poll(), unix.OUT);
      vp.set(0);
    }
    vp.add(EPOLLIN);
    assert.equal(await observer.ask({ do: 'receive', fd: 3, size: 100 }), { size: 1 });
    assert.is(vp.events, 0);
  });
});

withPython('socketpair: a fork of the fds in python sees and changes the same vpoll', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  await Observer.with(vp.share().stdio, async (observer) => {
    assert.equal(await observer.ask({ do: 'fork_and_write', fd: 3, hidden: 4 }), { status: unix.IN });
    assert.is(vp.events, unix.IN);
    vp.delete(EPOLLIN);
    assert.is(await observer.poll(), 0);
    // The child that ended closed its copies, which nobody sees.
    vp.add(EPOLLOUT | EPOLLIN);
    assert.is(await observer.poll(), unix.IN | unix.OUT);
  });
});

test('an exclusive vpoll is not to be shared', () => {
  using vp = VPoll.create({ exclusive: true });
  assert.match(refusal(() => vp.share(), 'EINVAL', 'vpoll_share').message, 'exclusive');
});

test('share into a final state: the child takes up the hangup', async () => {
  using vp = VPoll.create({ backend: BACKEND, events: HANGUP });
  await withAttached(vp, async (peer) => {
    assert.is(await shownThere(peer), HUP);
  });
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// A process that shares a vpoll is killed in the middle of what it does. A survivor sees a defined state, gets no SIGPIPE and
// doesn't hang.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { runtime } from '../support/runtime.js';
import { refusal } from './support/errors.js';
import { pollNow } from './support/libc.js';
import { BACKEND, IN, IS_FILE, OUT } from './support/backend.js';
import { Observer } from './support/observer.js';
import * as unix from './support/states.js';
import { Peer } from './support/with-peer.js';

/** A process that has attached to what `stdio` and `env` describe. */
async function attached({ stdio, env }: ReturnType<VPoll['share']>): Promise<Peer> {
  // A Deno that Deno has started keeps a copy of what it inherited; this variable tells it what that is.
  const before = runtime === 'deno' ? ['env', '-u', 'DENO_EXTRA_STDIO_FDS'] : [];
  const peer = new Peer({ before, fds: stdio, env });
  await peer.run(({ vpoll, kept }) => void kept.set('vp', vpoll.VPoll.attach()));
  return peer;
}

/** It changes the vpoll until it dies. */
function goOn(peer: Peer): void {
  peer.start(({ kept }) => {
    for (let i = 0; ; i++) {
      kept.get('vp')!.set(i % 2 === 0 ? 1 : 4);
      kept.get('vp')!.add(5);
    }
  });
}

test('a child is killed while it changes the vpoll: the parent keeps control', async () => {
  let pipes = 0;
  const onPipe = (): number => pipes++;
  process.on('SIGPIPE', onPipe);
  for (let round = 0; round < 5; round++) {
    using vp = VPoll.create({ backend: BACKEND });
    const peer = await attached(vp.share());
    try {
      goOn(peer);
      await sleep(30);
    } finally {
      await peer.kill();
    }
    assert.ok([0, IN, OUT, IN | OUT].includes(vp.events), `shows ${vp.events}`);
    vp.set(0);
    assert.is(pollNow(vp.fd), 0);
    vp.add(EPOLLIN | EPOLLOUT);
    assert.is(pollNow(vp.fd), IN | OUT);
  }
  await sleep(10);
  process.off('SIGPIPE', onPipe);
  assert.is(pipes, 0);
});

test('the process that made it is killed: the other keeps control', async () => {
  const maker = VPoll.create({ backend: BACKEND });
  const [first, second] = [await attached(maker.share()), await attached(maker.share())];
  maker.close();
  try {
    goOn(first);
    await sleep(30);
    await first.kill();
    const events = await second.run(({ kept, libc }) => {
      const vp = kept.get('vp')!;
      const left = vp.events;
      vp.set(0);
      const none = libc.pollNow(vp.fd);
      vp.add(5);
      return [left, none, vp.events];
    });
    assert.ok([0, IN, OUT, IN | OUT].includes(events[0]!), `shows ${events[0]!}`);
    assert.equal(events.slice(1), [0, IN | OUT]);
  } finally {
    await first.kill();
    await second.kill();
  }
});

needs(test, 'python3')(
  'socketpair: the last that holds the hidden end is killed: a waiter sees a hangup, at once and for good',
  async () => {
    for (const events of [0, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT]) {
      const maker = VPoll.create({ backend: 'socketpair', events });
      await Observer.with([maker.fd], async (observer) => {
        const peer = await attached(maker.share());
        maker.close();
        try {
          await observer.block({ do: 'poll_blocking', fd: 3, interest: 0 });
          await peer.kill();
          const woken = (await observer.answer()).events as number;
          assert.is(woken & EPOLLHUP, EPOLLHUP);
          const seen = await observer.poll();
          assert.is(seen & unix.HUP, unix.HUP);
          // Nothing but the hangup, what it frees, and the error of a message that was never read.
          assert.is(seen & ~(unix.HUP | unix.OUT | EPOLLERR), 0);
        } finally {
          await peer.kill();
        }
      });
    }
  },
);

needs(test, 'python3')(
  'socketpair: the last that holds the hidden end closes it: a hangup, and an error for what was never read (decision 001)',
  async () => {
    const maker = VPoll.create({ backend: 'socketpair' });
    await Observer.with([maker.fd], async (observer) => {
      maker.close();
      const seen = await observer.poll();
      assert.is(seen & unix.HUP, unix.HUP);
      assert.is(seen & EPOLLERR, EPOLLERR);
    });
  },
);

test('socketpair: all copies of the descriptor are gone but the hidden end: EBADF, no SIGPIPE', async () => {
  let pipes = 0;
  const onPipe = (): number => pipes++;
  process.on('SIGPIPE', onPipe);
  const maker = VPoll.create({ backend: 'socketpair' });
  const peer = await attached(maker.share());
  try {
    maker.close();
    const error = await peer.refused(({ kept, libc }) => {
      libc.closeFd(3);
      kept.get('vp')!.add(1);
    });
    assert.is(error.code, 'EBADF');
  } finally {
    await peer.kill();
  }
  refusal(() => {
    maker.add(EPOLLIN);
  }, 'EBADF');
  await sleep(10);
  process.off('SIGPIPE', onPipe);
  assert.is(pipes, 0);
});

if (IS_FILE) {
  needs(test, 'python3')(
    'the maker of a vpoll file is killed: who waits for it sees nothing of that, and another controls it',
    async () => {
      const maker = VPoll.create({ backend: BACKEND, events: EPOLLOUT });
      const [first, second] = [await attached(maker.share()), await attached(maker.share())];
      try {
        await Observer.with([maker.fd], async (observer) => {
          maker.close();
          await observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: EPOLLIN | EPOLLERR | EPOLLHUP });
          await observer.block({ do: 'epoll_blocking', name: 'set' });
          await first.kill();
          await second.run(({ kept }) => {
            kept.get('vp')!.add(1);
          });
          assert.is((await observer.answer()).events, EPOLLIN);
          assert.is(await observer.poll(), EPOLLIN | EPOLLOUT);
          await second.kill();
          assert.is(await observer.poll(), EPOLLIN | EPOLLOUT);
        });
      } finally {
        await first.kill();
        await second.kill();
      }
    },
  );
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, a socketpair, vm emulators/tcp, vm arm64/socketpair, vm arm64/tcp

// A separate python process that blocks in poll, select or epoll_wait wakes when the vpoll changes, and says what it saw. One that
// isn't interested in the change sleeps on.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND, HANGUP, HUP, IN, IS_FILE, OUT, RDHUP } from './support/backend.js';
import { Observer } from './support/observer.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

interface Change {
  name: string;
  from: number;
  change: (vp: VPoll) => void;
  interest: number;
  /** What a waiter may see: more than one where the change takes more than one system call. */
  seen: number[];
}

const ALL = VPOLL_EVENTS;

const changes: Change[] = [
  {
    name: 'ADD IN',
    from: 0,
    change: (vp) => {
      vp.add(EPOLLIN);
    },
    interest: ALL,
    seen: [IN],
  },
  {
    name: 'ADD OUT',
    from: 0,
    change: (vp) => {
      vp.add(EPOLLOUT);
    },
    interest: ALL,
    seen: [OUT],
  },
  {
    name: 'ADD IN|OUT',
    from: 0,
    change: (vp) => {
      vp.add(EPOLLIN | EPOLLOUT);
    },
    interest: ALL,
    seen: IS_FILE ? [IN | OUT] : [OUT, IN | OUT],
  },
  {
    name: 'ADD IN beside OUT',
    from: EPOLLOUT,
    change: (vp) => {
      vp.add(EPOLLIN);
    },
    interest: EPOLLIN,
    seen: [EPOLLIN],
  },
  {
    name: 'ADD OUT beside IN',
    from: EPOLLIN,
    change: (vp) => {
      vp.add(EPOLLOUT);
    },
    interest: EPOLLOUT,
    seen: [EPOLLOUT],
  },
  {
    name: 'SET IN over OUT',
    from: EPOLLOUT,
    change: (vp) => {
      vp.set(EPOLLIN);
    },
    interest: IN,
    seen: [IN],
  },
  {
    name: 'SET OUT over IN',
    from: EPOLLIN,
    change: (vp) => {
      vp.set(EPOLLOUT);
    },
    interest: OUT,
    seen: [OUT],
  },
  {
    name: 'ADD IN|RDHUP',
    from: 0,
    change: (vp) => {
      vp.add(EPOLLIN | EPOLLRDHUP);
    },
    interest: ALL,
    seen: BACKEND === 'tcp' ? [IN, RDHUP] : [RDHUP],
  },
  {
    name: 'ADD IN|RDHUP, waiter asks for RDHUP',
    from: EPOLLIN,
    change: (vp) => {
      vp.add(EPOLLRDHUP);
    },
    interest: EPOLLRDHUP,
    seen: [EPOLLRDHUP],
  },
  {
    name: 'ADD a hangup',
    from: 0,
    change: (vp) => {
      vp.add(HANGUP);
    },
    interest: ALL,
    seen: [HUP],
  },
  {
    name: 'ADD a hangup, waiter asks for nothing',
    from: EPOLLOUT,
    change: (vp) => {
      vp.add(HANGUP);
    },
    interest: 0,
    seen: [EPOLLHUP],
  },
];

async function blockIn(observer: Observer, call: string, interest: number, timeout_s: number): Promise<void> {
  if (call === 'poll') {
    await observer.block({ do: 'poll_blocking', fd: 3, interest, timeout_s });
    return;
  }
  const edge = call === 'epoll, edge' ? EPOLLET : 0;
  await observer.ask({ do: 'epoll_new', name: call, fd: 3, interest: (interest | edge) >>> 0 });
  await observer.block({ do: 'epoll_blocking', name: call, timeout_s });
}

const withPython = needs(test, 'python3');

for (const call of ['poll', 'epoll, level', 'epoll, edge']) {
  for (const { name, from, change, interest, seen } of changes) {
    withPython(`${call}: ${name} wakes`, async () => {
      using vp = VPoll.create({ backend: BACKEND, events: from });
      await Observer.with([vp.fd], async (observer) => {
        await blockIn(observer, call, interest, 10);
        change(vp);
        const { events } = await observer.answer();
        assert.ok(seen.includes(events as number), `saw ${String(events)}`);
      });
    });
  }

  withPython(`${call}: sleeps on while nothing of interest comes`, async () => {
    using vp = VPoll.create({ backend: BACKEND });
    await Observer.with([vp.fd], async (observer) => {
      await blockIn(observer, call, EPOLLIN, 0.3);
      vp.add(EPOLLOUT);
      vp.add(EPOLLOUT);
      vp.delete(EPOLLOUT);
      assert.is((await observer.answer()).events, 0);
    });
  });
}

withPython('select wakes for each of its sets', async () => {
  for (const [events, sets, answer] of [
    [EPOLLIN, 'rwx', { r: true, w: false, x: false }],
    [EPOLLOUT, 'rwx', { r: false, w: true, x: false }],
    [HANGUP, 'rx', { r: true, w: false, x: false }],
  ] as const) {
    using vp = VPoll.create({ backend: BACKEND });
    await Observer.with([vp.fd], async (observer) => {
      await observer.block({ do: 'select_blocking', fd: 3, sets });
      vp.add(events);
      assert.equal(await observer.answer(), answer);
    });
  }
});

test.run();

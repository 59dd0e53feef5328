// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper, vm arm64/fuse

// What this thread takes away from a vpoll is reported no more, though the Poller's own thread may have seen it and said so already.

import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, Poller, VPoll, VPOLL_CTL_DELEVENTS, vpoll_ctl } from '../../src/index.js';
import { pollFor } from '../real/support/libc.js';
import { create, withFuse } from './support/helper.js';
import { gone } from './support/process.js';

/** So long that only what hangs takes it. */
const LONG = { timeoutMs: 30_000 };
/** A set that has nothing to report takes it whole. */
const SHORT = { timeoutMs: 20 };

/** Keeps the event loop from its turn, for longer than the Poller's thread needs to see what there is and to post it. */
function hold(): void {
  pollFor(-1, 0, 100);
}

/** The masks of one wait. */
type Masks = (options: object) => Promise<number[]>;

/** Nobody hears of an IN that is gone before the event loop has its turn. */
async function comeAndGo(vp: VPoll, masks: Masks): Promise<void> {
  const nothing = masks(SHORT);
  vp.add(EPOLLIN);
  hold();
  vp.delete(EPOLLIN);
  assert.equal(await nothing, []);
}

/** A Poller whose thread looks at one vpoll, of which nothing is asserted yet. */
async function watching(
  options: object,
  use: (poller: Poller, vp: VPoll, masks: Masks) => Promise<void>,
  events = EPOLLIN | EPOLLPRI,
): Promise<void> {
  await using poller = Poller.create();
  using vp = create();
  const masks: Masks = async (wanted) => (await poller.wait(wanted)).map(({ events }) => events);
  poller.add(vp, events, options);
  assert.equal(await masks(SHORT), []);
  await use(poller, vp, masks);
}

/** How a bit is taken away. */
const WAYS: Record<string, (vp: VPoll, events: number) => void> = {
  delete: (vp, events) => {
    vp.delete(events);
  },
  set: (vp, events) => {
    vp.set((EPOLLIN | EPOLLPRI | EPOLLHUP) & ~events);
  },
  vpoll_ctl: ({ fd }, events) => {
    assert.is(vpoll_ctl(fd, VPOLL_CTL_DELEVENTS, events), 0);
  },
};

withFuse()('a level: nothing, or what is left of it', async () => {
  for (const [name, takeAway] of Object.entries(WAYS)) {
    await watching({}, async (_poller, vp, masks) => {
      const all = EPOLLIN | EPOLLPRI | EPOLLHUP;
      for (let i = 0; i < 5; i++) {
        const nothing = masks(SHORT);
        vp.add(all);
        hold();
        takeAway(vp, all);
        assert.equal(await nothing, [], name);
        const rest = masks(LONG);
        vp.add(EPOLLIN | EPOLLPRI);
        hold();
        if (name === 'set') vp.set(EPOLLPRI);
        else takeAway(vp, EPOLLIN);
        assert.equal(await rest, [EPOLLPRI], name);
        vp.delete(-1);
      }
    });
  }
});

withFuse()('what was taken away and asserted again is reported', () =>
  watching({}, async (_poller, vp, masks) => {
    const waiting = masks(LONG);
    vp.add(EPOLLIN);
    hold();
    vp.delete(EPOLLIN);
    vp.add(EPOLLIN);
    assert.equal(await waiting, [EPOLLIN]);
  }),
);

/** Edges, also of a registration that epoll_ctl(2) modifies for nobody. */
for (const options of [{ edge: true }, { edge: true, exclusive: true }]) {
  withFuse()(`an edge that was taken away comes again with the next, and only then: ${Object.keys(options).join()}`, () =>
    watching(
      options,
      async (_poller, vp, masks) => {
        for (let i = 0; i < 5; i++) {
          await comeAndGo(vp, masks);
          const one = masks(LONG);
          vp.add(EPOLLIN);
          assert.equal(await one, [EPOLLIN]);
          vp.delete(EPOLLIN);
          // FUSE wakes without a key, so the same edge may have been told of twice; it is no more in any case.
          assert.equal(await masks(SHORT), []);
        }
      },
      EPOLLIN,
    ),
  );
}

withFuse()('an edge that the Poller keeps while nobody waits goes as well', () =>
  watching({ edge: true }, async (_poller, vp, masks) => {
    const abort = new AbortController();
    const waiting = masks({ signal: abort.signal }).catch(() => 'aborted');
    vp.add(EPOLLIN);
    abort.abort();
    assert.is(await waiting, 'aborted');
    await sleep(50);
    vp.delete(EPOLLIN);
    assert.equal(await masks(SHORT), []);
    using other = VPoll.attach(vp.share().token);
    other.add(EPOLLPRI);
    assert.equal(await masks(LONG), [EPOLLPRI], 'by another number');
  }),
);

withFuse()('a oneshot that was taken away is still armed, once', () =>
  watching({ oneshot: true }, async (poller, vp, masks) => {
    for (let i = 0; i < 5; i++) {
      await comeAndGo(vp, masks);
      const one = masks(LONG);
      vp.add(EPOLLPRI);
      assert.equal(await one, [EPOLLPRI]);
      vp.add(EPOLLIN);
      assert.equal(await masks(SHORT), [], 'it was reported');
      vp.delete(-1);
      poller.modify(vp, EPOLLIN | EPOLLPRI);
    }
  }),
);

withFuse()('what it was watched for before a modify is reported no more', () =>
  watching({}, async (poller, vp, masks) => {
    const nothing = masks(SHORT);
    vp.add(EPOLLIN);
    hold();
    poller.modify(vp, EPOLLOUT);
    assert.equal(await nothing, []);
    vp.add(EPOLLOUT);
    assert.equal(await masks(LONG), [EPOLLOUT]);
  }),
);

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();

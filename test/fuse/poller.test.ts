// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper, vm arm64/fuse

// A Poller that watches vpolls of a helper: all that it promises, and that the event loop goes on while the helper is stopped.

import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, Poller, VPoll, type PollEvent } from '../../src/index.js';
import { refusal } from '../real/support/errors.js';
import { closeFd, countFds, dup, pipe, writeFd, settle } from '../real/support/libc.js';
import { create, helper, withFuse } from './support/helper.js';
import { collect } from '../support/garbage.js';
import { gone, until } from './support/process.js';

test.before(settle);

/** So long that only what hangs takes it. */
const LONG = { timeoutMs: 30_000 };

function masks(batch: PollEvent[]): [number, number][] {
  return batch.map(({ fd, events }) => [fd, events]);
}

/** A Poller that is gone, with all that it has opened, before the next test begins. */
async function polling(use: (poller: Poller) => Promise<void>): Promise<void> {
  await using poller = Poller.create();
  await use(poller);
}

withFuse()('levels, edges, oneshots and listeners: exact masks, and none without a reason', () =>
  polling(async (poller) => {
    using vp = create(EPOLLPRI);
    poller.add(vp, EPOLLPRI | EPOLLIN);
    for (let i = 0; i < 3; i++) assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLPRI]], 'a level, each time');
    vp.set(EPOLLRDHUP | EPOLLHUP);
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLHUP]], 'HUP comes unasked, RDHUP does not');
    vp.delete(-1);
    assert.equal(await poller.wait({ timeoutMs: 0 }), [], 'what is no more is not reported');
    assert.equal(await poller.wait({ timeoutMs: 5 }), []);

    poller.modify(vp, EPOLLIN, { edge: true });
    vp.add(EPOLLIN);
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLIN]]);
    // FUSE wakes without a key, and the thread may have seen the bit before: the edge may be told of once more, and then no more.
    const again = masks(await poller.wait({ timeoutMs: 5 }));
    if (again.length > 0) assert.equal(again, [[vp.fd, EPOLLIN]]);
    assert.equal(await poller.wait({ timeoutMs: 5 }), [], 'an edge comes once');
    vp.add(EPOLLIN);
    assert.equal(
      masks(await poller.wait({ timeoutMs: 0 })),
      [[vp.fd, EPOLLIN]],
      'an edge for each ADD, and a wait of 0 finds it',
    );

    poller.modify(vp, EPOLLIN, { edge: false, oneshot: true });
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLIN]]);
    assert.equal(await poller.wait({ timeoutMs: 5 }), []);
    poller.delete(vp);

    const heard = new Promise<number>((resolve) => {
      poller.add(vp, EPOLLOUT, {
        edge: true,
        listener: ({ events }) => {
          resolve(events);
        },
      });
    });
    poller.ref();
    vp.add(EPOLLOUT);
    assert.is(await heard, EPOLLOUT);
    poller.delete(vp);
    const seen: number[] = [];
    for await (const events of poller.watch(vp, EPOLLIN | EPOLLOUT)) {
      seen.push(events);
      if (seen.length === 1) vp.delete(EPOLLIN);
      else break;
    }
    assert.equal(seen, [EPOLLIN | EPOLLOUT, EPOLLOUT]);
  }),
);

withFuse()('an edge that came while nobody waited is kept, and a wait that is aborted or over loses none', () =>
  polling(async (poller) => {
    using vp = create();
    poller.add(vp, EPOLLIN, { edge: true });
    assert.equal(await poller.wait({ timeoutMs: 1 }), []);
    const abort = new AbortController();
    const waiting = poller.wait({ signal: abort.signal });
    vp.add(EPOLLIN);
    abort.abort();
    await waiting.then(
      () => {
        assert.unreachable();
      },
      () => undefined,
    );
    await sleep(50);
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLIN]]);
  }),
);

withFuse()('many, beside other descriptors: none is starved', () =>
  polling(async (poller) => {
    const all = Array.from({ length: 20 }, () => create(EPOLLIN));
    const [read, write] = pipe();
    writeFd(write, 'x');
    poller.add(read, EPOLLIN);
    for (const vp of all) poller.add(vp, EPOLLIN);
    const seen = new Set<number>();
    for (let i = 0; i < 1_000_000 && seen.size < 21; i++)
      for (const { fd } of await poller.wait({ ...LONG, max: 3 })) seen.add(fd);
    assert.is(seen.size, 21);
    for (const vp of all) vp.close();
    for (const fd of [read, write]) closeFd(fd);
  }),
);

withFuse()('errors are those of any other descriptor', () =>
  polling(async (poller) => {
    using vp = create();
    const add = (events: number, options = {}) => {
      poller.add(vp, events, options);
    };
    refusal(() => {
      add(EPOLLPRI, { exclusive: true });
    }, 'EINVAL', 'epoll_ctl'); // prettier-ignore
    add(EPOLLIN, { exclusive: true });
    refusal(() => {
      add(EPOLLIN);
    }, 'EEXIST', 'epoll_ctl'); // prettier-ignore
    refusal(() => {
      poller.modify(vp, EPOLLOUT);
    }, 'EINVAL', 'epoll_ctl'); // prettier-ignore
    vp.add(EPOLLIN);
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLIN]]);
    poller.delete(vp);
    refusal(() => {
      poller.delete(vp);
    }, 'ENOENT', 'poller_delete'); // prettier-ignore
  }),
);

withFuse()('what is closed is reported no more, not even where a dup lives or the number is reused, and is let go', async () => {
  const before = countFds();
  await polling(async (poller) => {
    const vp = create(EPOLLIN);
    const other = dup(vp.fd);
    const { fd } = vp;
    poller.add(vp, EPOLLIN);
    assert.equal(masks(await poller.wait(LONG)), [[fd, EPOLLIN]]);
    vp.close();
    using next = create();
    assert.is(next.fd, fd);
    assert.equal(await poller.wait({ timeoutMs: 20 }), []);
    refusal(() => {
      poller.modify(fd, EPOLLIN);
    }, 'EBADF', 'epoll_ctl'); // prettier-ignore
    poller.add(next, EPOLLIN);
    next.add(EPOLLIN);
    assert.equal(masks(await poller.wait(LONG)), [[fd, EPOLLIN]]);
    closeFd(other);
  });
  // The helper's own, and what the first Poller of a runtime may open for good.
  await until('all is closed', () => countFds() <= before + 4);
});

withFuse()(
  'SIGSTOP of the helper: the event loop goes on, a Poller can be used and closed, and after SIGCONT the event arrives',
  async () => {
    const pid = await helper();
    await polling(async (poller) => {
      using vp = create();
      using late = create(EPOLLPRI);
      const closing = create(EPOLLIN);
      const [read, write] = pipe();
      poller.add(vp, EPOLLIN);
      poller.add(closing, EPOLLIN, { oneshot: true });
      poller.add(read, EPOLLIN);
      assert.equal(masks(await poller.wait(LONG)), [[closing.fd, EPOLLIN]]);
      // A level that is set: a look asks the helper.
      vp.add(EPOLLIN);
      process.kill(pid, 'SIGSTOP');
      try {
        let ticks = 0;
        const ticking = setInterval(() => ticks++, 1);
        const waiting = poller.wait({ timeoutMs: 50 });
        poller.add(late, EPOLLPRI, { edge: true });
        await until('the timer ticks', () => ticks > 50);
        assert.equal(await waiting, [], 'it ends in time, with what is known');
        // Other descriptors are served as ever, and a vpoll and a Poller can be closed.
        writeFd(write, 'x');
        assert.equal(masks(await poller.wait(LONG)), [[read, EPOLLIN]]);
        poller.delete(read);
        const second = Poller.create();
        second.add(vp, EPOLLIN);
        const cancelled = second.wait().catch((error: unknown) => (error as NodeJS.ErrnoException).code);
        second.close();
        assert.is(await cancelled, 'ECANCELED');
        closing.close();
        const before = ticks;
        await until('the timer still ticks', () => ticks > before + 20);
        clearInterval(ticking);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const seen = new Map<number, number>();
      while (seen.size < 2) for (const { fd, events } of await poller.wait(LONG)) seen.set(fd, events);
      assert.equal(seen, new Map([[vp.fd, EPOLLIN], [late.fd, EPOLLPRI]])); // prettier-ignore
      for (const fd of [read, write]) closeFd(fd);
    });
  },
);

withFuse()('SIGKILL of the helper: ERR', () =>
  polling(async (poller) => {
    using vp = VPoll.create({ backend: 'fuse' });
    poller.add(vp, EPOLLIN);
    assert.equal(await poller.wait({ timeoutMs: 5 }), []);
    process.kill(helperPid(), 'SIGKILL');
    assert.equal(masks(await poller.wait(LONG)), [[vp.fd, EPOLLERR]]);
  }),
);

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

withFuse()('one that was forgotten is collected, and closes what it had opened', async () => {
  using vp = create(EPOLLIN);
  const forget = async (): Promise<void> => {
    const forgotten = Poller.create();
    forgotten.add(vp, EPOLLIN);
    assert.equal(masks(await forgotten.wait(LONG)), [[vp.fd, EPOLLIN]]);
  };
  await forget();
  const before = countFds();
  for (let i = 0; i < 5; i++) await forget();
  await until('all are closed', () => {
    collect();
    return countFds() <= before;
  });
});

test.run();

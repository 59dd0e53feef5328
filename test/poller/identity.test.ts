// SPDX-License-Identifier: LGPL-2.1-or-later

// A descriptor that is closed while it is watched, a number that others reuse, and a file that lives on in a dup. What stands under the number
// now is never taken for what was watched. What was closed doesn't keep the event loop busy.

import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, Poller, type PollOptions } from '../../src/index.js';
import { closeFd, countFds, dup, dup2, pipe } from '../real/support/libc.js';
import { refusal } from '../real/support/errors.js';
import { rejection } from './support/errors.js';
import { scenario, turn, until, type Stage } from './support/scenario.js';

const IN = EPOLLIN;

/** A pipe of the test's own. The read end is closed by the test that wants to. */
function ownPipe({ own }: Stage): { read: number; write: number } {
  const [read, write] = pipe();
  own(() => {
    closeFd(write);
  });
  return { read, write };
}

/**
 * Has the Poller wait in both of its sets, and the engine open what it needs for that. A number which a test sets free is then
 * taken by nobody but the test.
 */
async function settle({ poller, vpoll }: Stage): Promise<void> {
  let calls = 0;
  const vp = vpoll(IN);
  poller.add(vp, IN, { oneshot: true, listener: () => calls++ });
  await until('the listener is called', () => calls > 0);
  poller.delete(vp);
  assert.equal(await poller.wait({ timeoutMs: 1 }), []);
  for (let last = -1; last !== countFds();) {
    last = countFds();
    await sleep(50);
  }
}

/** A scenario after {@link settle}. */
function settled(name: string, body: (stage: Stage) => Promise<void>): void {
  scenario(test, name, async (stage) => {
    await settle(stage);
    await body(stage);
  });
}

/** The ways to watch: each rule holds for both sets. */
const WAYS: Record<string, PollOptions> = { waited: {}, listened: { listener: () => undefined } };

for (const [way, options] of Object.entries(WAYS)) {
  for (const verb of ['modify', 'delete'] as const) {
    settled(`${way}: a closed descriptor is EBADF at the next ${verb}, then forgotten`, async (stage) => {
      const { poller, wait } = stage;
      const { read } = ownPipe(stage);
      poller.add(read, IN, options);
      closeFd(read);
      assert.equal(await wait({ timeoutMs: 5 }), []);
      assert.match(
        refusal(
          () => {
            poller[verb](read, IN);
          },
          'EBADF',
          'epoll_ctl',
        ).message,
        `fd ${read} was closed`,
      );
      refusal(
        () => {
          poller.delete(read);
        },
        'ENOENT',
        'poller_delete',
      );
    });

    settled(`${way}: a reused number is ENOENT at the next ${verb}`, async (stage) => {
      const { poller, vpoll, wait } = stage;
      const { read } = ownPipe(stage);
      const young = vpoll(IN);
      poller.add(read, IN, options);
      dup2(young.fd, read);
      assert.equal(await wait({ timeoutMs: 5 }), [], 'nobody has asked to watch that');
      assert.match(
        refusal(
          () => {
            poller[verb](read, IN);
          },
          'ENOENT',
          'epoll_ctl',
        ).message,
        'another file',
      );
      poller.add(read, IN);
      assert.is((await wait())[0]?.fd, read, 'and now somebody has');
      poller.delete(read);
      closeFd(read);
    });
  }

  settled(`${way}: a reused number can be added at once, by either way`, async (stage) => {
    const { poller, vpoll, wait } = stage;
    for (const next of Object.values(WAYS)) {
      const { read } = ownPipe(stage);
      poller.add(read, IN, { ...options, data: 'old' });
      dup2(vpoll(IN).fd, read);
      let heard = 0;
      const data = 'young';
      poller.add(read, IN, next.listener ? { data, listener: () => heard++ } : { data });
      if (next.listener) await until('the listener is called', () => heard > 0);
      else
        assert.equal(
          (await wait()).map((event) => event.data),
          ['young'],
        );
      poller.delete(read);
      refusal(
        () => {
          poller.delete(read);
        },
        'ENOENT',
        'poller_delete',
      );
      closeFd(read);
    }
  });
}

settled('a VPoll that was closed is found by the object: EBADF, then forgotten', ({ poller, vpoll }) => {
  for (const options of Object.values(WAYS)) {
    const vp = vpoll();
    poller.add(vp, IN, options);
    vp.close();
    refusal(
      () => {
        poller.delete(vp);
      },
      'EBADF',
      'epoll_ctl',
    );
    refusal(
      () => {
        poller.delete(vp);
      },
      'ENOENT',
      'poller_delete',
    );
  }
  return Promise.resolve();
});

settled('a VPoll is not another that took its number', async ({ poller, vpoll, wait }) => {
  const old = vpoll();
  const { fd } = old;
  poller.add(old, IN);
  old.close();
  const young = vpoll(IN);
  assert.is(young.fd, fd);
  refusal(
    () => {
      poller.modify(young, IN);
    },
    'ENOENT',
    'poller_modify',
  );
  poller.add(young, IN);
  assert.is((await wait())[0]?.target, young);
  refusal(
    () => {
      poller.delete(old);
    },
    'ENOENT',
    'poller_delete',
  );
});

settled('closed here, alive in a dup: what had to be moved to a new set is watched as before', async (stage) => {
  const { poller, wait } = stage;
  const [read, write] = pipe();
  const alias = dup(read);
  const quiet = ownPipe(stage);
  const edgy = stage.vpoll();
  poller.add(quiet.read, IN, { data: 'quiet' });
  poller.add(edgy, IN, { edge: true, data: 'edgy' });
  poller.add(read, IN, { data: 'dead' });
  closeFd(write);
  closeFd(read);
  assert.equal(await wait({ timeoutMs: 5 }), []);
  refusal(() => {
    poller.delete(read);
  }, 'EBADF');
  for (let i = 0; i < 3; i++) assert.equal(await wait({ timeoutMs: 5 }), []);
  closeFd(alias);
  edgy.add(IN);
  assert.equal(
    (await wait()).map(({ data }) => data),
    ['edgy'],
  );
  assert.equal(await wait({ timeoutMs: 5 }), []);
  closeFd(quiet.read);
});

/** Processor time that this process takes in a while, in microseconds. */
async function busy_us(): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

test('a file that nobody asked to watch does not keep the event loop busy', async () => {
  const poller = Poller.create();
  const [read, write] = pipe();
  const alias = dup(read);
  let calls = 0;
  poller.add(read, IN, { listener: () => calls++ });
  closeFd(write);
  const spinning_us = await busy_us();
  assert.ok(calls > 2, 'a level that nobody clears is reported again and again');
  closeFd(read);
  calls = 0;
  poller.add(alias, IN, { oneshot: true, listener: () => calls++ });
  await until('the set was built again', () => calls === 1);
  await turn();
  const idle_us = await busy_us();
  assert.ok(idle_us * 3 < spinning_us, `${idle_us} us against ${spinning_us}`);
  assert.is(calls, 1);
  refusal(() => {
    poller.delete(read);
  }, 'EBADF');
  closeFd(alias);
  await poller[Symbol.asyncDispose]();
});

settled('a new set keeps what was disarmed disarmed, and a listener too', async (stage) => {
  const { poller, vpoll, wait } = stage;
  const spent = vpoll(IN);
  poller.add(spent, IN, { oneshot: true });
  assert.is((await wait()).length, 1);
  const heard: number[] = [];
  const heardOf = vpoll();
  poller.add(heardOf, IN, { edge: true, listener: ({ events }) => heard.push(events) });
  for (const options of Object.values(WAYS)) {
    const [read, write] = pipe();
    const alias = dup(read);
    poller.add(read, IN, options);
    closeFd(write);
    closeFd(read);
    refusal(() => {
      poller.delete(read);
    }, 'EBADF');
    for (let i = 0; i < 3; i++) assert.equal(await wait({ timeoutMs: 5 }), []);
    closeFd(alias);
  }
  heardOf.add(IN);
  await until('the listener is called', () => heard.length > 0);
  assert.equal(new Set(heard), new Set([IN]));
  poller.modify(spent, IN);
  assert.is((await wait())[0]?.target, spent);
});

settled('watch: a number that was reused in between is an error of the next step', async (stage) => {
  const { poller, vpoll } = stage;
  const { read, write } = ownPipe(stage);
  const iterator = poller.watch(read, IN | EPOLLRDHUP)[Symbol.asyncIterator]();
  const first = iterator.next();
  await turn();
  const young = vpoll(IN);
  const other = vpoll(EPOLLOUT | IN);
  dup2(other.fd, write);
  assert.equal(await first, { done: false, value: EPOLLHUP });
  dup2(young.fd, read);
  await rejection(iterator.next(), 'ENOENT', 'epoll_ctl');
  assert.equal(await iterator.next(), { done: true, value: undefined });
  closeFd(read);
});

test.run();

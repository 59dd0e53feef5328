// SPDX-License-Identifier: LGPL-2.1-or-later

// watch(): the masks of one target as an iteration. It watches from the first step to the last, however it ends.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../src/index.js';
import { refusal } from '../real/support/errors.js';
import { rejection } from './support/errors.js';
import { collect, scenario, turn } from './support/scenario.js';

const IN = EPOLLIN;
const DONE = { done: true, value: undefined };

scenario(test, 'mask after mask; leaving the loop ends the watch', async ({ poller, vpoll }) => {
  const vp = vpoll();
  const turns = [IN, EPOLLOUT, IN | EPOLLOUT, IN | EPOLLHUP | EPOLLRDHUP];
  const seen: number[] = [];
  vp.set(turns[0]!);
  for await (const events of poller.watch(vp, 0x7)) {
    collect();
    seen.push(events);
    if (seen.length === turns.length) break;
    vp.set(turns[seen.length]!);
  }
  assert.equal(seen, [0x1, 0x4, 0x5, 0x11]);
  refusal(
    () => {
      poller.delete(vp);
    },
    'ENOENT',
    'poller_delete',
  );
  poller.add(vp, IN);
});

scenario(test, 'a level is asked for at each step, so it comes again; an edge does not', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  const level = poller.watch(vp, IN);
  for (let i = 0; i < 5; i++) assert.equal(await level.next(), { done: false, value: IN });
  assert.equal(await level.return!(), DONE);
  const controller = new AbortController();
  const edge = poller.watch(vp, IN | EPOLLOUT, { edge: true, signal: controller.signal });
  assert.equal(await edge.next(), { done: false, value: IN });
  vp.add(EPOLLOUT);
  vp.add(IN);
  await turn();
  assert.equal(await edge.next(), { done: false, value: 0x5 }, 'edges in between are one');
  const last = edge.next();
  await turn();
  controller.abort('over');
  assert.is(await last.catch((error: unknown) => error), 'over');
});

scenario(test, 'nothing is watched before the first step, and nothing after the last', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  const never = poller.watch(vp, IN);
  refusal(() => {
    poller.delete(vp);
  }, 'ENOENT');
  assert.equal(await never.return!(), DONE);
  assert.equal(await never.next(), DONE);
  refusal(() => {
    poller.delete(vp);
  }, 'ENOENT');
});

scenario(test, 'abort: before the first step, during one, and between two', async ({ poller, vpoll }) => {
  const vp = vpoll();
  const reason = new Error('enough');
  const caught = (step: Promise<unknown>): Promise<unknown> => step.catch((error: unknown) => error);
  const before = poller.watch(vp, IN, { signal: AbortSignal.abort(reason) });
  assert.is(await caught(before.next()), reason);
  assert.equal(await before.next(), DONE);

  const during = new AbortController();
  const second = poller.watch(vp, IN, { signal: during.signal });
  const step = second.next();
  await turn();
  during.abort(reason);
  assert.is(await caught(step), reason);
  assert.equal(await second.next(), DONE);

  vp.add(IN);
  const between = new AbortController();
  const third = poller.watch(vp, IN, { signal: between.signal });
  assert.equal(await third.next(), { done: false, value: IN });
  between.abort(reason);
  refusal(
    () => {
      poller.delete(vp);
    },
    'ENOENT',
    'poller_delete',
  );
  assert.is(await caught(third.next()), reason);
  assert.equal(await third.next(), DONE);
});

scenario(test, 'a throw in the loop ends the watch', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  const mistake = new Error('mine');
  try {
    for await (const events of poller.watch(vp, IN)) throw events === IN ? mistake : new Error(String(events));
    assert.unreachable();
  } catch (error) {
    assert.is(error, mistake);
  }
  refusal(() => {
    poller.delete(vp);
  }, 'ENOENT');
});

scenario(test, 'close ends it, during a step and between two', async ({ poller, vpoll }) => {
  const pending = poller.watch(vpoll(), IN).next();
  const between = poller.watch(vpoll(IN), IN);
  assert.is((await between.next()).value, IN);
  const late = poller.watch(vpoll(IN), IN);
  await turn();
  poller.close();
  assert.equal(await pending, DONE);
  assert.equal(await between.next(), DONE);
  await rejection(late.next(), 'EBADF');
  refusal(() => poller.watch(1, IN), 'EBADF', 'poller_watch');
});

scenario(test, 'delete of what is watched by an iteration: its next step says ENOENT', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  const watch = poller.watch(vp, IN);
  await watch.next();
  poller.delete(vp);
  await rejection(watch.next(), 'ENOENT', 'epoll_ctl');
  assert.equal(await watch.next(), DONE);
});

scenario(test, 'a second step at once: EBUSY, and the first goes on', async ({ poller, vpoll }) => {
  const vp = vpoll();
  const watch = poller.watch(vp, IN);
  const first = watch.next();
  await rejection(watch.next(), 'EBUSY', 'poller_watch');
  vp.add(IN);
  assert.equal(await first, { done: false, value: IN });
  await watch.return!();
});

scenario(test, '100 watches beside a wait', async ({ poller, vpoll, wait }) => {
  const waited = vpoll();
  poller.add(waited, IN);
  const pending = wait();
  const all = Array.from({ length: 100 }, () => vpoll());
  const sums = all.map(async (vp, i) => {
    let count = 0;
    for await (const events of poller.watch(vp, IN)) {
      assert.is(events, IN);
      if (++count > i % 7) return count;
    }
    return -1;
  });
  await turn();
  for (const vp of all) vp.add(IN);
  assert.equal(
    await Promise.all(sums),
    all.map((_, i) => 1 + (i % 7)),
  );
  waited.add(IN);
  assert.is((await pending).length, 1);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: vm arm64/socketpair

// How a wait ends: by events, by time, by a signal, by close; and that none of these loses what another would have reported.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, EPOLLRDHUP, Poller, type PollEvent } from '../../src/index.js';
import { rejection } from './support/errors.js';
import { collect, scenario, turn } from './support/scenario.js';

const IN = EPOLLIN;

scenario(test, 'a batch says what was given, and the exact mask', async ({ poller, vpoll, wait }) => {
  const [first, second] = [vpoll(), vpoll(IN | EPOLLOUT)];
  const data = { its: 'own' };
  poller.add(first, IN, { data });
  poller.add(second.fd, IN | EPOLLOUT | EPOLLRDHUP);
  assert.equal(await wait(), [{ target: second.fd, fd: second.fd, events: 0x5, data: undefined }]);
  second.delete(IN | EPOLLOUT);
  first.add(IN);
  const [event] = await wait();
  assert.is(event?.target, first);
  assert.is(event?.fd, first.fd);
  assert.is(event?.events, IN);
  assert.is(event?.data, data);
});

scenario(test, 'nothing ready: an empty batch at the timeout, whatever it is', async ({ poller, vpoll, wait }) => {
  poller.add(vpoll(), IN);
  for (const timeoutMs of [0, 0.5, 1, 20]) assert.equal(await wait({ timeoutMs }), []);
});

scenario(test, 'a Poller without anything in it waits too', async ({ wait }) => {
  assert.equal(await wait({ timeoutMs: 5 }), []);
});

scenario(test, 'what is ready at the timeout is reported, with timeout 0 as well', async ({ poller, vpoll, wait }) => {
  poller.add(vpoll(IN), IN);
  assert.is((await wait({ timeoutMs: 0 })).length, 1);
  assert.is((await wait({ timeoutMs: 5 })).length, 1);
});

scenario(test, 'a level is reported until it is gone, an edge once', async ({ poller, vpoll, wait }) => {
  const [level, edge] = [vpoll(IN), vpoll(IN)];
  poller.add(level, IN);
  poller.add(edge, IN, { edge: true });
  assert.is((await wait()).length, 2);
  for (let i = 0; i < 5; i++) {
    assert.equal(
      (await wait()).map(({ target }) => target),
      [level],
    );
  }
  edge.add(IN);
  assert.is((await wait()).length, 2);
});

scenario(test, 'max bounds a batch, and the others come before the first comes again', async ({ poller, vpoll, wait }) => {
  const all = Array.from({ length: 10 }, () => vpoll(IN));
  for (const vp of all) poller.add(vp, IN);
  const seen: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const batch = await wait({ max: 2 });
    assert.is(batch.length, 2);
    seen.push(...batch.map(({ target }) => target));
  }
  assert.is(new Set(seen).size, 10);
  assert.is((await wait({ max: 1 })).length, 1);
  assert.is((await wait({ max: 65536 })).length, 10);
});

scenario(test, 'a second wait is refused with EBUSY, and the first goes on', async ({ poller, vpoll }) => {
  const vp = vpoll();
  poller.add(vp, IN);
  const first = poller.wait();
  await rejection(poller.wait(), 'EBUSY', 'poller_wait');
  await rejection(poller.wait({ timeoutMs: 0 }), 'EBUSY');
  vp.add(IN);
  assert.is((await first).length, 1);
  assert.is((await poller.wait()).length, 1, 'and then there is room for another');
});

scenario(test, 'a signal that is aborted already rejects, and takes nothing', async ({ poller, vpoll, wait }) => {
  poller.add(vpoll(IN), IN, { edge: true });
  const reason = new Error('not now');
  assert.is(await poller.wait({ signal: AbortSignal.abort(reason) }).catch((error: unknown) => error), reason);
  assert.is((await wait({ timeoutMs: 1000 })).length, 1);
});

scenario(test, 'abort rejects with the reason, any reason, and leaves no listener behind', async ({ poller, vpoll, wait }) => {
  const vp = vpoll();
  poller.add(vp, IN);
  for (const reason of [new Error('enough'), 'a word', 0]) {
    const controller = new AbortController();
    const pending = poller.wait({ signal: controller.signal });
    await turn();
    controller.abort(reason);
    assert.is(await pending.catch((error: unknown) => error), reason);
  }
  const kept = new AbortController();
  vp.add(IN);
  assert.is((await wait({ signal: kept.signal })).length, 1);
  kept.abort();
  assert.is((await wait()).length, 1, 'an abort that comes too late changes nothing');
});

scenario(test, 'no edge is lost between aborts and timeouts', async ({ poller, vpoll }) => {
  const vp = vpoll();
  poller.add(vp, IN, { edge: true });
  let seen = 0;
  const look = async (wait: Promise<PollEvent[]>): Promise<void> => {
    try {
      seen += (await wait).length;
    } catch (error) {
      if (error !== 'stop') throw error;
    }
  };
  const made = 300;
  for (let i = 0; i < made; i++) {
    const controller = new AbortController();
    const wait = look(poller.wait(i % 3 === 0 ? { timeoutMs: i % 2 } : { signal: controller.signal }));
    if (i % 5 === 0) await turn();
    // In every order: the edge and then the abort in one turn, or turns apart.
    vp.add(IN);
    if (i % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort('stop');
    await wait;
    // What an ended wait hasn't reported, this one does; the kernel merges edges that nobody has taken, so there is one at most.
    while (seen <= i) await look(poller.wait({ timeoutMs: 30_000 }));
    assert.is(seen, i + 1);
    vp.delete(IN);
  }
  assert.is(seen, made);
});

scenario(test, 'close ends a pending wait with ECANCELED; then everything is EBADF', async ({ poller, vpoll }) => {
  const vp = vpoll();
  poller.add(vp, IN);
  const pending = poller.wait();
  poller.close();
  poller.close();
  await rejection(pending, 'ECANCELED', 'poller_wait');
  await rejection(poller.wait(), 'EBADF', 'poller_wait');
  await poller[Symbol.asyncDispose]();
  poller[Symbol.dispose]();
  vp.add(IN);
  assert.is(vp.events & IN, IN, 'what was watched is still open');
});

scenario(test, 'iteration: batch after batch, and leaving it leaves the rest', async ({ poller, vpoll, wait }) => {
  const vp = vpoll();
  poller.add(vp, IN, { edge: true });
  let rounds = 0;
  vp.add(IN);
  for await (const batch of poller) {
    collect();
    assert.is(batch.length, 1);
    vp.add(IN);
    if (++rounds === 50) break;
  }
  assert.is((await wait({ timeoutMs: 1000 })).length, 1, 'the edge made before the loop was left');
});

scenario(test, 'iteration ends when the Poller is closed, and when return is called during a step', async ({ poller, vpoll }) => {
  poller.add(vpoll(), IN);
  const iterator = poller[Symbol.asyncIterator]();
  const step = iterator.next();
  await turn();
  assert.equal(await iterator.return!(), { done: true, value: undefined });
  assert.equal(await step, { done: true, value: undefined });
  assert.equal(await iterator.next(), { done: true, value: undefined });
  const rest = poller[Symbol.asyncIterator]().next();
  await turn();
  poller.close();
  assert.equal(await rest, { done: true, value: undefined });
  for await (const batch of poller) assert.unreachable(`${batch.length}`);
});

scenario(test, 'a step of an iteration while a wait is pending: EBUSY', async ({ poller, vpoll }) => {
  poller.add(vpoll(), IN);
  const pending = poller.wait({ timeoutMs: 50 });
  await rejection(poller[Symbol.asyncIterator]().next(), 'EBUSY');
  const left = poller[Symbol.asyncIterator]();
  const refused = left.next();
  await left.return!();
  assert.equal(await refused, { done: true, value: undefined });
  assert.equal(await pending, [], 'and leaving the iteration leaves that wait alone');
});

scenario(test, 'many Pollers at once, each with its own', async ({ vpoll, own }) => {
  const pollers = Array.from({ length: 20 }, () => Poller.create());
  own(() => {
    for (const poller of pollers) poller.close();
  });
  const all = pollers.map((poller, i) => {
    const vp = vpoll();
    poller.add(vp, IN, { data: i });
    return vp;
  });
  const waits = pollers.map((poller) => poller.wait());
  await turn();
  for (const vp of all.reverse()) vp.add(IN);
  const batches = await Promise.all(waits);
  assert.equal(
    batches.map((batch) => batch.map(({ data }) => data)),
    pollers.map((_, i) => [i]),
  );
});

test.run();

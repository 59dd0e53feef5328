// SPDX-License-Identifier: LGPL-2.1-or-later

// Listeners are called from the event loop, beside waits and without them, in the order of a level or an edge. And what happens when
// they throw, delete one another, or close the Poller.

import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, Poller, type PollEvent } from '../../src/index.js';
import { runtime } from '../support/runtime.js';
import { scenario, turn, until } from './support/scenario.js';

const IN = EPOLLIN;

scenario(test, 'a listener gets what a batch would say, and waits get nothing of it', async ({ poller, vpoll, wait }) => {
  const vp = vpoll();
  const heard: PollEvent[] = [];
  poller.add(vp, IN | EPOLLOUT, { edge: true, data: 7, listener: (event) => heard.push(event) });
  vp.add(EPOLLOUT);
  await until('the listener is called', () => heard.length > 0);
  assert.equal(heard, [{ target: vp, fd: vp.fd, events: EPOLLOUT, data: 7 }]);
  const other = vpoll();
  poller.add(other, IN);
  assert.equal(await wait({ timeoutMs: 5 }), []);
  const pending = wait();
  vp.add(IN);
  await until('the listener is called beside a wait', () => heard.length > 1);
  other.add(IN);
  assert.equal(
    (await pending).map(({ target }) => target),
    [other],
  );
  assert.is(heard[1]?.events, 0x5);
});

scenario(test, 'a level calls again and again until it is gone, and others have their turns', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  let calls = 0;
  poller.add(vp, IN, { listener: () => calls++ });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await until('it is called ten times', () => calls >= 10 && turns >= 3);
  clearInterval(timer);
  vp.delete(IN);
  await turn();
  const before = calls;
  for (let i = 0; i < 5; i++) await turn();
  assert.is(calls, before);
});

scenario(test, 'modify gives another listener; delete silences it, from within too', async ({ poller, vpoll }) => {
  const vp = vpoll();
  const heard: string[] = [];
  poller.add(vp, IN, { edge: true, listener: () => heard.push('first') });
  poller.modify(vp, IN, {
    listener: () => {
      heard.push('second');
      poller.delete(vp);
    },
  });
  vp.add(IN);
  await until('one is called', () => heard.length > 0);
  vp.add(IN);
  for (let i = 0; i < 3; i++) await turn();
  assert.equal(heard, ['second']);
});

scenario(test, 'a listener that deletes another of the same batch: that one is not called', async ({ poller, vpoll }) => {
  const pair = [vpoll(), vpoll()];
  const heard: number[] = [];
  pair.forEach((vp, i) => {
    poller.add(vp, IN, {
      listener: () => {
        heard.push(i);
        poller.delete(pair[1 - i]!);
        poller.modify(vp, 0);
      },
    });
  });
  // No turn of the loop in between: both are in one batch.
  for (const vp of pair) vp.add(IN);
  await until('one is called', () => heard.length > 0);
  for (let i = 0; i < 3; i++) await turn();
  assert.is(heard.length, 1);
});

scenario(test, 'a listener that closes the Poller: nobody else is called', async ({ poller, vpoll }) => {
  let calls = 0;
  const all = Array.from({ length: 5 }, () => vpoll());
  for (const vp of all) {
    poller.add(vp, IN, {
      listener: () => {
        calls++;
        poller.close();
      },
    });
  }
  for (const vp of all) vp.add(IN);
  await until('one is called', () => calls > 0);
  for (let i = 0; i < 3; i++) await turn();
  assert.is(calls, 1);
});

scenario(test, 'what a listener throws is an uncaught exception, and the others are called', async ({ poller, vpoll }) => {
  const caught: unknown[] = [];
  const onUncaught = (error: unknown): void => {
    caught.push(error);
  };
  process.on('uncaughtException', onUncaught);
  try {
    const all = Array.from({ length: 4 }, () => vpoll());
    const heard: number[] = [];
    const mistake = new Error('mine');
    all.forEach((vp, i) => {
      poller.add(vp, IN, {
        edge: true,
        listener: () => {
          heard.push(i);
          if (i % 2 === 0) throw mistake;
        },
      });
    });
    for (const vp of all) vp.add(IN);
    await until('all are called', () => heard.length === 4 && caught.length === 2);
    assert.equal(caught, [mistake, mistake]);
    all[0]!.add(IN);
    await until('the one that threw is called again', () => heard.length === 5 && caught.length === 3);
  } finally {
    process.off('uncaughtException', onUncaught);
  }
});

scenario(test, 'oneshot: called once for each modify', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  let calls = 0;
  poller.add(vp, IN, { oneshot: true, listener: () => calls++ });
  for (let round = 1; round <= 3; round++) {
    await until('it is called', () => calls === round);
    for (let i = 0; i < 3; i++) await turn();
    assert.is(calls, round);
    poller.modify(vp, IN);
  }
  poller.delete(vp);
});

scenario(test, 'every edge of many comes to its listener', async ({ poller, vpoll }) => {
  const all = Array.from({ length: 50 }, () => vpoll());
  const counts = all.map(() => 0);
  all.forEach((vp, i) => {
    poller.add(vp, IN, { edge: true, listener: () => counts[i]!++ });
  });
  for (let round = 1; round <= 20; round++) {
    for (const vp of all) vp.add(IN);
    await until('all are called', () => counts.every((count) => count === round));
  }
});

scenario(test, 'a listener may add and wait, and make Pollers of its own', async ({ poller, vpoll, own }) => {
  const [first, second] = [vpoll(), vpoll(IN)];
  const found: PollEvent[] = [];
  poller.add(first, IN, {
    oneshot: true,
    listener: () => {
      const inner = Poller.create();
      own(() => {
        inner.close();
      });
      inner.add(second, IN);
      void inner.wait().then((batch) => found.push(...batch));
    },
  });
  first.add(IN);
  await until('the inner one reports', () => found.length === 1);
  assert.is(found[0]?.target, second);
});

scenario(test, "a test framework's fake timers, which come after the import, keep no event back", async ({ poller, vpoll }) => {
  const vp = vpoll();
  const real = globalThis.setImmediate;
  globalThis.setImmediate = (() => undefined) as never;
  try {
    const pending = poller.wait();
    poller.add(vp, IN);
    vp.add(IN);
    assert.is((await pending).length, 1);
    assert.is((await poller.wait()).length, 1);
  } finally {
    globalThis.setImmediate = real;
  }
});

if (runtime === 'node') {
  scenario(test, "in Node it is called in nobody's AsyncLocalStorage", async ({ poller, vpoll }) => {
    const storage = new AsyncLocalStorage<string>();
    const vp = vpoll(IN);
    const seen: unknown[] = [];
    storage.run('of who added it', () => {
      const listener = (): void => {
        seen.push(storage.getStore());
        storage.enterWith('of the last call');
      };
      poller.add(vp, IN, { listener });
    });
    await until('it is called three times', () => seen.length >= 3);
    assert.equal(seen.slice(0, 3), [undefined, undefined, undefined]);
  });
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// What the garbage collector may take and what not. It never takes a Poller that somebody waits on or that has listeners, even where no
// variable holds it. Of one that was forgotten it closes the descriptors, which nobody else knows.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, Poller, type PollEvent, type VPoll } from '../../src/index.js';
import { countFds, settle } from '../real/support/libc.js';
import { scenario, turn, until } from './support/scenario.js';

test.before(async () => {
  await settle();
  // The first wait of a thread opens a descriptor for good in Node.
  using poller = Poller.create();
  await poller.wait({ timeoutMs: 1 });
});

const IN = EPOLLIN;

scenario(test, 'a wait whose Poller nobody holds ends', async ({ vpoll }) => {
  const vp = vpoll();
  const before = countFds();
  const seen: PollEvent[] = [];
  const start = (): void => {
    const forgotten = Poller.create();
    forgotten.add(vp, IN);
    void forgotten.wait().then((batch) => seen.push(...batch));
  };
  start();
  for (let i = 0; i < 20; i++) await turn();
  vp.add(IN);
  await until('the wait ends', () => seen.length === 1);
  await until('its descriptor is closed', () => {
    void turn();
    return countFds() <= before;
  });
});

scenario(test, 'listeners are called for as long as they are there, no matter who holds their Poller', async ({ vpoll }) => {
  const vp = vpoll();
  const before = countFds();
  let calls = 0;
  const start = (): void => {
    const forgotten = Poller.create();
    forgotten.add(vp, IN, {
      edge: true,
      listener: () => {
        if (++calls === 5) forgotten.delete(vp);
      },
    });
  };
  start();
  for (let i = 1; i <= 5; i++) {
    for (let k = 0; k < 5; k++) await turn();
    vp.add(IN);
    await until('the listener is called', () => calls === i);
  }
  await until('with the last listener the Poller goes', () => {
    void turn();
    return countFds() <= before;
  });
});

/** Watches by a Poller that nobody holds, five steps long. Returns how many descriptors there were meanwhile. */
async function watchForgotten(vp: VPoll): Promise<number> {
  let steps = 0;
  for await (const events of Poller.create().watch(vp, IN)) {
    assert.is(events, IN);
    if (++steps === 5) break;
    vp.delete(IN);
    setTimeout(() => {
      vp.add(IN);
    }, 5);
    for (let k = 0; k < 5; k++) await turn();
  }
  return countFds();
}

scenario(test, 'watches whose Pollers nobody holds', async ({ vpoll }) => {
  const vp = vpoll(IN);
  const before = countFds();
  let meanwhile = before;
  for (let i = 0; i < 4; i++) meanwhile = Math.max(meanwhile, await watchForgotten(vp));
  // What one has may stay: some engines take whatever still lies on the stack for a reference.
  const ofOne = Math.ceil((meanwhile - before) / 4);
  await until('their descriptors are closed', () => {
    void turn();
    return countFds() <= before + ofOne;
  });
});

scenario(test, 'forgotten without a wait: 50 Pollers, and no descriptor stays', async ({ vpoll }) => {
  const vp = vpoll(IN);
  const before = countFds();
  const forget = async (waits: boolean): Promise<void> => {
    const forgotten = Poller.create();
    forgotten.add(vp, IN);
    if (waits) assert.is((await forgotten.wait()).length, 1);
  };
  for (let i = 0; i < 50; i++) await forget(i % 2 === 0);
  await until('all are closed', () => {
    void turn();
    return countFds() <= before;
  });
});

scenario(test, '10,000 waits leave no memory behind', async ({ poller, vpoll }) => {
  const vp = vpoll(IN);
  poller.add(vp, IN);
  const controller = new AbortController();
  const used = (): number => {
    return process.memoryUsage().heapUsed;
  };
  const some = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) await poller.wait(i % 4 === 0 ? { signal: controller.signal, timeoutMs: 1000 } : {});
    for (let i = 0; i < 3; i++) await turn();
    return used();
  };
  await some(2000);
  const before = await some(2000);
  const after = await some(10_000);
  // 100 bytes a wait would be a megabyte.
  assert.ok(after - before < 1e6, `${after - before} bytes`);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// How a simulation comes to a bad end, or to none.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, simulate, type Kernel, type SimulateOptions } from '../../src/sim/index.js';
import { expectError, quietly, well } from './support/simulated.js';

test('promises of its own do no harm: chains, all, race', async () => {
  await well({
    main: async ({ sleep, now, VPoll: V, Poller: P }) => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      await Promise.all([sleep(10), sleep(20), (async () => sleep(5))()]);
      assert.is(now(), 20);
      const poller = P.create();
      const vp = V.create();
      poller.add(vp, EPOLLIN);
      const won = await Promise.race([poller.wait().then(() => 'wait'), sleep(7).then(() => 'sleep')]);
      assert.is(won, 'sleep');
      assert.is(now(), 27);
    },
  });
});

test('what a task throws is the failure; all that sleep for good is one; a call without end is one', async () => {
  const error = new Error('no');
  const threw = await quietly({
    main: async ({ sleep }) => {
      await sleep(3);
      throw error;
    },
    other: ({ sleep }) => sleep(100),
  });
  assert.equal(threw.failure, { kind: 'threw', task: 'main', atMs: 3, message: 'no', error });
  const wait = async ({ Poller: P }: Kernel): Promise<void> => {
    await P.create().wait();
  };
  const stuck = await quietly({ first: wait, second: wait });
  assert.ok(stuck.failure);
  assert.is(stuck.failure.kind, 'stuck');
  assert.match(stuck.failure.message, 'first, second');
  const over = await well({ first: wait }, { untilMs: 10 }).catch((reason: unknown) => reason);
  assert.instance(over, Error, 'nothing will ever happen, whatever the time is');
  const endless = await quietly(
    {
      main: async ({ sleep }) => {
        for (;;) await sleep(0);
      },
    },
    { maxCalls: 1000 },
  );
  assert.is(endless.failure?.kind, 'endless');
});

test('time ends at untilMs, and what is not over then is no failure', async () => {
  let turns = 0;
  const { nowMs } = await well(
    {
      main: async ({ sleep }) => {
        for (;;) {
          await sleep(10);
          turns++;
        }
      },
    },
    { untilMs: 105 },
  );
  assert.is(nowMs, 105);
  assert.is(turns, 10);
});

test('a wrong option is refused before anything runs', async () => {
  const main = (): void => {
    assert.unreachable('it ran');
  };
  const wrong: [object, RegExp][] = [
    [{ tasks: {} }, /no tasks/],
    [{ tasks: { main: 1 } }, /must be a function/],
    [{ tasks: { main }, sed: 1 }, /no option 'sed'/],
    [{ tasks: { main }, seed: 1.5 }, /seed/],
    [{ tasks: { main }, strategy: 'pct' }, /strategy/],
    [{ tasks: { main }, strategy: { pct: 0 } }, /pct/],
    [{ tasks: { main }, faults: { EINTR: [1, 1] } }, /EINTR\[1\]/],
    [{ tasks: { main }, faults: { EIO: [1, 2] } }, /no fault 'EIO'/],
    [{ tasks: { main }, faults: { dies: { ratio: [1, 2], task: 'x' } } }, /one of main/],
    [{ tasks: { main }, untilMs: -1 }, /untilMs/],
    [{ tasks: { main }, replay: 'x' }, /no replay/],
    [{ tasks: { main }, replay: '2pse.!.' }, /replay/],
    [{ tasks: { main }, replay: '2pse....!' }, /replay/],
    [{ tasks: { main }, replay: '2pse....zzzzzzzzzzz' }, /replay/],
    [{ tasks: { main }, replay: '2pse....1.1' }, /replay/],
    [{ tasks: { main }, replay: 's.1.' }, /form 1/],
    [{ tasks: { main }, name: '' }, /name/],
    [{ tasks: { main }, name: 7 }, /name/],
    [{ tasks: { main }, time: 'real' }, /time/],
    [{ tasks: { main }, kernel: { fuse: true } }, /no part of kernel/],
  ];
  for (const [options, message] of wrong) await expectError(simulate(options as SimulateOptions), 'EINVAL', message);
});

test.run();

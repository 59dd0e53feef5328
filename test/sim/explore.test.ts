// SPDX-License-Identifier: LGPL-2.1-or-later

// explore(): many runs, and the first that fails made small. What it takes to see it again is in replay.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, explore, simulate, type Kernel, type KernelVPoll, type Tasks } from '../../src/sim/index.js';
import { counters } from './support/counters.js';
import { expectError, exploreQuietly as quietly } from './support/simulated.js';

/** A client that gives up when it has no descriptor, without a word to the one that waits for it. */
function careless(): Tasks {
  let answered: KernelVPoll | undefined;
  return {
    server: async ({ VPoll, Poller }) => {
      answered = VPoll.create({ backend: 'socketpair' });
      const poller = Poller.create();
      poller.add(answered, EPOLLIN);
      await poller.wait();
      poller.close();
    },
    client: async ({ VPoll, sleep }) => {
      while (!answered) await sleep(1);
      try {
        VPoll.create().close();
      } catch {
        return;
      }
      answered.add(EPOLLIN);
    },
  };
}

test('a race is found under each strategy, made small, and replayed', async () => {
  for (const [i, strategy] of ([undefined, 'random', { pct: 2 }, { exhaustive: 20 }] as const).entries()) {
    const { failure, result, replay, choices, said, runs } = await quietly({ tasks: counters, strategy, name: `count ${i}` });
    assert.ok(failure);
    assert.is(failure.kind, 'threw');
    assert.ok(runs < 500 && choices!.left <= choices!.found && choices!.left >= 1);
    assert.match(said, `VPOLL_SIM_REPLAY='count ${i}:${replay!}'`);
    const again = await simulate({ tasks: counters(), replay, report: () => undefined });
    assert.is(again.failure?.message, failure.message);
    assert.is(again.hash, result!.hash);
  }
  const plain = await quietly({ tasks: counters, strategy: 'random', time: 'exact', seed: 5 });
  assert.ok(plain.choices!.left <= 6, `${plain.choices!.left} changes of order`);
});

test('a fault that is needed stays in what is left, and others do not', async () => {
  const faults = { EMFILE: [1, 30], EINTR: [1, 10], spurious: [1, 10], delay: { ratio: [1, 10], maxUs: 100 } } as const;
  const { failure, choices, result } = await quietly({ tasks: careless, faults, runs: 300 });
  assert.ok(failure);
  assert.is(choices!.left, 1);
  assert.is(result!.trace.match(/fault/g)?.length, 1);
});

test('what is right passes; an exhaustive walk says when it has seen all', async () => {
  const right = (): Tasks => {
    let count = 0;
    const add = async ({ sleep }: Kernel): Promise<void> => {
      await sleep(0);
      count++;
      await sleep(0);
    };
    return { first: add, second: add, last: async ({ sleep }) => sleep(count) };
  };
  assert.equal(await explore({ tasks: right, runs: 50 }), { runs: 50 });
  const { runs, failure } = await explore({ tasks: right, strategy: { exhaustive: 30 }, runs: 100_000 });
  assert.is(failure, undefined);
  assert.ok(runs > 50 && runs < 100_000, `${runs} runs`);
});

test('tasks that are not made anew are refused', async () => {
  await expectError(explore({ tasks: counters() as never }), 'EINVAL', /must be a function that makes them/);
  await expectError(explore({ tasks: counters, runs: 0 }), 'EINVAL', /runs/);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// Time that passes while tasks run: explore() does as a busy machine does, simulate() is exact unless it is asked.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, explore, simulate, type Kernel, type KernelVPoll, type Tasks } from '../../src/sim/index.js';
import { expectError, exploreQuietly, quietly, well } from './support/simulated.js';

const SEEDS = [0, 10_000, 20_000, 30_000, 40_000];

/** Three edges, and a consumer that is still busy with one when the next ones come. */
function slowConsumer(): Tasks {
  let vp: KernelVPoll;
  return {
    consumer: async ({ VPoll, Poller }) => {
      vp = VPoll.create();
      const poller = Poller.create();
      poller.add(vp, EPOLLIN, { edge: true });
      for (let i = 0; i < 3; i++) await poller.wait();
    },
    producer: async ({ sleep }) => {
      for (let i = 0; i < 3; i++) {
        await sleep(1);
        vp.add(EPOLLIN);
      }
    },
  };
}

/** The one that sleeps longer is first. */
function overtaking(): Tasks {
  let isFirstThere = false;
  return {
    a: async ({ sleep }) => {
      await sleep(1);
      isFirstThere = true;
    },
    b: async ({ sleep }) => {
      await sleep(2);
      if (!isFirstThere) throw new Error('b overtakes a');
    },
  };
}

test('a consumer that is too slow for its edges is found by default, and made small', async () => {
  for (const seed of SEEDS) {
    const { failure, choices, replay } = await exploreQuietly({ tasks: slowConsumer, seed, runs: 500 });
    assert.is(failure?.kind, 'stuck');
    assert.ok(choices!.left <= 2, `${choices!.left} choices`);
    const again = await quietly(slowConsumer(), { replay });
    assert.equal(again.failure, failure);
  }
});

test('a task that sleeps longer overtakes another, and in exact time it never does', async () => {
  for (const seed of SEEDS) {
    const { failure, choices, said } = await exploreQuietly({ tasks: overtaking, seed, runs: 500 });
    assert.is(failure?.message, 'b overtakes a');
    assert.is(choices!.left, 1);
    assert.match(said, / a .*[\d.]+ ms late|wakes a .*[\d.]+ ms late/);
  }
  assert.is((await exploreQuietly({ tasks: overtaking, time: 'exact', runs: 500 })).failure, undefined);
});

test('a loop that waits for a moment or for another task comes to its end', async () => {
  const clock = (): Tasks => ({
    main: async ({ sleep, now }) => {
      while (now() < 20) await sleep(0);
    },
  });
  const flag = (): Tasks => {
    let isSet = false;
    return {
      waiter: async ({ sleep }) => {
        while (!isSet) await sleep(0);
      },
      setter: async ({ sleep }) => {
        await sleep(5);
        isSet = true;
      },
    };
  };
  for (const tasks of [clock, flag]) {
    assert.is((await exploreQuietly({ tasks, runs: 60 })).failure, undefined);
    assert.is((await quietly(tasks(), { time: 'busy' })).failure, undefined);
    // A replay whose list has come to its end takes the shortest steps.
    assert.is((await quietly(tasks(), { replay: '2psb' })).failure, undefined);
    assert.is((await quietly(tasks(), { maxCalls: 2000 })).failure?.kind, 'endless');
  }
});

/** How long each of 200 steps took, and how late each of 200 sleeps was over, in virtual microseconds. */
async function measure(seed: number): Promise<{ steps: number[]; late: number[] }> {
  const steps: number[] = [];
  const late: number[] = [];
  const main = async ({ sleep, now }: Kernel): Promise<void> => {
    for (let i = 0; i < 200; i++) {
      const before = now();
      await sleep(0);
      steps.push(Math.round((now() - before) * 1000));
    }
    for (let i = 0; i < 200; i++) {
      const until = now() + 7;
      await sleep(7);
      late.push(Math.round((now() - until) * 1000));
    }
  };
  await well({ main }, { seed, time: 'busy' });
  return { steps, late };
}

/** A step's own time comes on top of a lateness. */
const STEP_US = 50;
const LATE_US = 5000;

test('a step takes 1 to 50 us, and one task in 8 is up to 5 ms late, in runs of each kind', async () => {
  const kinds = { short: 0, punctual: 0, preempted: 0 };
  const runs = 40;
  let [count, late] = [0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const { steps, late: all } = await measure(seed);
    assert.ok([...steps, ...all].every((us) => us >= 0 && us <= STEP_US + LATE_US));
    assert.ok(steps.every((us) => us >= 1));
    const isLate = (us: number): boolean => us > STEP_US;
    if (steps.every((us) => us === 1 || isLate(us))) kinds.short++;
    if (steps.some(isLate)) kinds.preempted++;
    if (!all.some(isLate)) kinds.punctual++;
    else {
      count += all.length;
      late += all.filter(isLate).length;
    }
  }
  assert.ok(Math.abs(late / count - 1 / 8) < 0.02, `${late} of ${count} are late`);
  assert.ok(kinds.short > 3 && kinds.short < 18, `${kinds.short} of ${runs} have the shortest steps alone`);
  assert.ok(kinds.punctual > 3 && kinds.punctual < 18, `in ${kinds.punctual} of ${runs} no task is late when it is woken`);
  assert.ok(kinds.preempted > 10 && kinds.preempted < 30, `in ${kinds.preempted} of ${runs} one that yields is late`);
  assert.equal(await measure(1), await measure(1));
});

test('a seed is the same busy run in every runtime, and its replay makes it again, whatever time it is asked for', async () => {
  const { hash, replay, trace } = await well(overtaking(), { seed: 7, time: 'busy' });
  assert.equal({ hash, replay }, { hash: '1756ede0c0612af4', replay: '2psb...t-c-n-0-g' });
  for (const time of [undefined, 'exact', 'busy'] as const) assert.is((await well(overtaking(), { replay, time })).trace, trace);
});

test('an exhaustive walk is exact, and one that is to be busy is refused', async () => {
  const tasks = (): Tasks => ({ a: ({ sleep }) => sleep(1), b: ({ sleep }) => sleep(1) });
  const { runs } = await explore({ tasks, strategy: { exhaustive: 10 } });
  assert.is(runs, 4);
  await expectError(explore({ tasks, strategy: { exhaustive: 10 }, time: 'busy' }), 'EINVAL', /time must be 'exact'/);
  await expectError(simulate({ tasks: tasks(), strategy: { exhaustive: 10 }, time: 'busy' }), 'EINVAL', /time/);
});

test.run();

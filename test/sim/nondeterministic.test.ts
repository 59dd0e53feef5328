// SPDX-License-Identifier: LGPL-2.1-or-later

// What a program takes from elsewhere than its kernel makes two runs of one: explore() makes failures again, and some runs that pass, and says so.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExploreOptions, Kernel } from '../../src/sim/index.js';
import { exploreQuietly } from './support/simulated.js';

/** What outlives a run. */
let shared = 0;
const seen = new Map<number, number>();

const LEAKS: Readonly<Record<string, ExploreOptions['tasks']>> = {
  'Math.random in a time': () => ({ one: ({ sleep }) => sleep(1 + Math.random() * 10) }),
  'Math.random in a branch': () => ({
    one: async ({ sleep }) => {
      for (let i = 0; i < 40; i++) await sleep(Math.random() < 0.5 ? 1 : 2);
    },
  }),
  'Date.now': () => ({
    one: async ({ sleep }) => {
      const before = performance.now();
      while (performance.now() - before < 2);
      await sleep(1 + (Date.now() % 1000));
    },
  }),
  'a variable that outlives a run': () => ({ one: ({ sleep }) => sleep(++shared) }),
  'a Map in a closure': () => ({
    one: async ({ sleep }) => {
      seen.set(seen.size, 1);
      for (const [key] of seen) await sleep(key);
    },
  }),
};

for (const [what, tasks] of Object.entries(LEAKS)) {
  test(`${what} is told in a run that passes`, async () => {
    const { failure, runs, said } = await exploreQuietly({ tasks, runs: 100 });
    assert.is(failure?.kind, 'nondeterministic');
    assert.is(failure?.task, 'one');
    assert.ok(runs <= 21, `${runs} runs`);
    const [, step, first, second] = /part at line (\d+):\n {2}first: {2}(.*)\n {2}second: (.*)/.exec(failure!.message)!;
    assert.ok(Number(step) >= 3 && first !== second);
    assert.match(first!, /^\d+ t0 |^\(its end\)$/);
    assert.match(said, 'nondeterministic');
    assert.match(said, 'replay: VPOLL_SIM_REPLAY=');
  });
}

test('a failure that does not come again is told, and where the traces part', async () => {
  let runs = 0;
  const tasks: ExploreOptions['tasks'] = () => {
    const number = ++runs;
    return {
      quiet: ({ sleep }) => sleep(50),
      lucky: async ({ sleep }) => {
        await sleep(1);
        if (number === 30) throw new Error('the thirtieth');
        await sleep(1);
      },
    };
  };
  const { failure } = await exploreQuietly({ tasks, runs: 100 });
  assert.is(failure?.kind, 'nondeterministic');
  assert.is(failure?.task, 'lucky');
  assert.match(failure!.message, /part at line \d+:\n {2}first: {2}\(its end\)\n {2}second: \d+ t1 sleep 1000/);
});

test('traces that are alike and end otherwise are told, too', async () => {
  let runs = 0;
  const tasks: ExploreOptions['tasks'] = () => {
    const number = ++runs;
    return {
      last: async ({ sleep }) => {
        await sleep(1);
        if (number === 30) throw new Error('the thirtieth');
      },
    };
  };
  const { failure } = await exploreQuietly({ tasks, runs: 100 });
  assert.is(failure?.kind, 'nondeterministic');
  assert.match(failure!.message, /ends are not:\n {2}first: {2}last: threw: the thirtieth\n {2}second: no failure/);
});

test('a replay is made twice as well', async () => {
  const tasks: ExploreOptions['tasks'] = () => ({ one: ({ sleep }) => sleep(++shared) });
  const { failure } = await exploreQuietly({ tasks, replay: '2psb' });
  assert.is(failure?.kind, 'nondeterministic');
});

test('a program that takes nothing from elsewhere is told nothing', async () => {
  const tasks: ExploreOptions['tasks'] = () => {
    const own = new Map<number, number>();
    const work = async ({ sleep, now }: Kernel): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        own.set(own.size, now());
        await sleep(own.size % 3);
      }
    };
    return { a: work, b: work };
  };
  assert.is((await exploreQuietly({ tasks, runs: 200 })).failure, undefined);
});

test.run();

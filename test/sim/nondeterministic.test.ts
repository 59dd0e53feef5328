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
  // Within a task both are the simulation's; a runtime's own are where the tasks are made.
  'Math.random in a time': () => {
    const ms = 1 + Math.random() * 10;
    return { one: ({ sleep }) => sleep(ms) };
  },
  'Math.random in a branch': () => {
    const steps = Array.from({ length: 40 }, () => (Math.random() < 0.5 ? 1 : 2));
    return {
      one: async ({ sleep }) => {
        for (const ms of steps) await sleep(ms);
      },
    };
  },
  'Date.now': () => {
    const before = performance.now();
    while (performance.now() - before < 2);
    const ms = 1 + (Date.now() % 1000);
    return { one: ({ sleep }) => sleep(ms) };
  },
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

test('a clock that is read until it has gone on never does: endless, and no test that hangs', async () => {
  const clocks: Record<string, (kernel: Kernel) => number> = {
    'performance.now': () => performance.now(),
    'Date.now': () => Date.now(),
    'new Date': () => new Date().getTime(),
    now: ({ now }) => now(),
  };
  for (const [name, read] of Object.entries(clocks)) {
    const one = (kernel: Kernel): void => {
      const before = read(kernel);
      while (read(kernel) - before < 2);
    };
    const { failure } = await exploreQuietly({ tasks: () => ({ one }), runs: 1 });
    assert.is(failure?.kind, 'endless', name);
    assert.is(failure?.task, 'one');
  }
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

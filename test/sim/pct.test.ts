// SPDX-License-Identifier: LGPL-2.1-or-later

// PCT finds a bug of depth d in at most n k^(d-1) runs on average, of n tasks and k steps.
// Burckhardt et al., ASPLOS 2010, theorem 9. It holds for runs of any length: explore() learns it from the runs before.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findFirst, toSearch } from '../../src/sim/explore.js';
import { explore, type Kernel, type Task, type Tasks } from '../../src/sim/index.js';

const SEEDS = 20;
const TASKS = 2;
/** What theory promises is held this often: a mean of 20 has its own luck, and every other run is for loops that wait (assembly/sim/schedule.ts). */
const SLACK = 3;

type Steps = Kernel['sleep'];

async function pass(sleep: Steps, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await sleep(0);
}

/** Two tasks of `half` steps each, and a bug of a depth in the midst of them: what it takes is said when it comes. */
type Program = (half: number, found: () => void) => Tasks;

/** The second is at its end before the first begins. */
const early: Program = (half, found) => {
  let hasBegun = false;
  return {
    first: async ({ sleep }) => {
      hasBegun = true;
      await pass(sleep, half);
    },
    second: async ({ sleep }) => {
      await pass(sleep, half);
      if (!hasBegun) found();
    },
  };
};

/** Both count before either has written. */
const checkThenAct: Program = (half, found) => {
  let count = 0;
  let done = 0;
  const add: Task = async ({ sleep }) => {
    await pass(sleep, half - 1);
    const before = count;
    await sleep(0);
    count = before + 1;
    if (++done === TASKS && count !== TASKS) found();
  };
  return { first: add, second: add };
};

/** Each goes on once in the midst of the other. */
const handOverTwice: Program = (half, found) => {
  let state = 0;
  const move = (from: number): void => {
    if (state === from) state = from + 1;
  };
  const early = Math.floor(half / 2);
  return {
    first: async ({ sleep }) => {
      await pass(sleep, early);
      move(0);
      await sleep(0);
      move(2);
      await pass(sleep, half - early - 1);
    },
    second: async ({ sleep }) => {
      await pass(sleep, early);
      move(1);
      await sleep(0);
      if (state === 3) found();
      await pass(sleep, half - early - 1);
    },
  };
};

/** How many runs it takes to find it. It isn't made small: that would take longer than all the rest. */
async function runsFor(program: Program, half: number, depth: number, seed: number, runs: number): Promise<number> {
  const found = (): void => {
    throw new Error('found');
  };
  const options = { tasks: () => program(half, found), strategy: { pct: depth }, seed, runs };
  return (await findFirst(toSearch(options))).runs;
}

async function meanOf(program: Program, steps: number, depth: number): Promise<number> {
  const most = TASKS * steps ** (depth - 1);
  let sum = 0;
  for (let i = 0; i < SEEDS; i++) sum += await runsFor(program, steps / TASKS, depth, i * 1_000_000, most * 20);
  return sum / SEEDS;
}

for (const [depth, program, lengths] of [
  [1, early, [20, 200, 1000]],
  // 300: 150 steps before the race begins.
  [2, checkThenAct, [20, 300]],
  [3, handOverTwice, [20]],
] as const) {
  for (const steps of lengths) {
    test(`a bug of depth ${depth} in ${steps} steps is found in at most ${SLACK} times as many runs as theory promises`, async () => {
      const mean = await meanOf(program, steps, depth);
      const promised = TASKS * steps ** (depth - 1);
      assert.ok(mean <= SLACK * promised, `${mean} runs, and theory says ${promised}`);
    });
  }
}

test('a task that waits in a loop is not waited for', async () => {
  for (const strategy of [{ pct: 1 }, { pct: 3 }, { pct: 16 }] as const) {
    const tasks = (): Tasks => {
      let isThere = false;
      return {
        maker: async ({ sleep }) => {
          await sleep(5);
          isThere = true;
        },
        waiter: async ({ sleep }) => {
          while (!isThere) await sleep(0);
        },
      };
    };
    const { failure } = await explore({ tasks, strategy, runs: 50, report: () => undefined });
    assert.is(failure, undefined);
  }
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// explore(): many runs, the first that fails made small, and what it takes to see it again.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EPOLLIN,
  explore,
  simulate,
  type ExploreOptions,
  type Kernel,
  type KernelVPoll,
  type Tasks,
} from '../../src/sim/index.js';
import { decode, encode } from '../../src/sim/replay.js';
import { runtime } from '../support/runtime.js';
import { expectError } from './support/simulated.js';

/** Two tasks add to a counter, each by a read, a pause and a write. */
function counters(): Tasks {
  let count = 0;
  let done = 0;
  const add = async ({ sleep }: Kernel): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      const before = count;
      await sleep(0);
      count = before + 1;
    }
    if (++done === 2 && count !== 6) throw new Error(`counted ${count}`);
  };
  // In the plain order the first is at its end before the second begins.
  const later = async (kernel: Kernel): Promise<void> => {
    for (let i = 0; i < 6; i++) await kernel.sleep(0);
    await add(kernel);
  };
  return { first: add, second: later };
}

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

async function quietly(options: ExploreOptions): Promise<{ said: string } & Awaited<ReturnType<typeof explore>>> {
  let said = '';
  const found = await explore({ report: (text) => (said += text), ...options });
  return { said, ...found };
}

test('a race is found under each strategy, made small, and replayed', async () => {
  for (const strategy of [undefined, 'random', { pct: 2 }, { exhaustive: 20 }] as const) {
    const { failure, result, replay, choices, said, runs } = await quietly({ tasks: counters, strategy, name: 'count' });
    assert.ok(failure);
    assert.is(failure.kind, 'threw');
    assert.ok(runs < 500 && choices!.left <= choices!.found && choices!.left >= 1);
    assert.match(said, `VPOLL_SIM_REPLAY=count:${replay!}`);
    const again = await simulate({ tasks: counters(), replay, report: () => undefined });
    assert.is(again.failure?.message, failure.message);
    assert.is(again.hash, result!.hash);
  }
  const plain = await quietly({ tasks: counters, strategy: 'random', seed: 5 });
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

test('the environment replays the simulation that it names', async () => {
  const { replay, failure } = await quietly({ tasks: counters, name: 'count' });
  process.env.VPOLL_SIM_REPLAY = `count:${replay!}`;
  try {
    const again = await quietly({ tasks: counters, name: 'count' });
    assert.is(again.runs, 1);
    assert.is(again.failure?.message, failure!.message);
    assert.match(again.said, /run t1/);
    const other = await simulate({ tasks: counters(), name: 'other', strategy: 'round-robin', report: () => undefined });
    assert.is.not(other.replay, replay);
  } finally {
    delete process.env.VPOLL_SIM_REPLAY;
  }
});

/** Runs a program with two simulations in it: what it says at its end. */
function saysWith(replay: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-replay-'));
  try {
    const sim = new URL('../../build/sim.js', import.meta.url).href;
    const text = `
      import { explore, simulate } from ${JSON.stringify(sim)};
      await simulate({ name: 'one', tasks: { only: async ({ sleep }) => sleep(1) } });
      await explore({ name: 'two', runs: 2, tasks: () => ({ only: async ({ sleep }) => sleep(1) }) });`;
    writeFileSync(join(folder, 'main.mjs'), text);
    const args = [...(runtime === 'deno' ? ['run', '--allow-all'] : []), join(folder, 'main.mjs')];
    const env = { ...process.env, ...(replay === undefined ? {} : { VPOLL_SIM_REPLAY: replay }) };
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    assert.is(status, 0, stderr);
    return stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a replay of a simulation that there is not is told at the end; of one that there is, nothing', () => {
  for (const wrong of ['onee:s..', 'three', ':s..'])
    assert.is(saysWith(wrong), `VPOLL_SIM_REPLAY=${wrong}: no simulation of that name has run here, only 'one', 'two'\n`);
  for (const right of ['one:s..', 'two:s..', '', undefined]) assert.is(saysWith(right), '');
});

test('choices go into text and out of it', async () => {
  const list = [0, 0, 0, 3, 3, 1, 35, 36, 255];
  for (const choices of [
    { isMerged: false, schedule: list, faults: [] },
    { isMerged: true, schedule: [], faults: [1] },
    { isMerged: false, schedule: [1], faults: [], chance: Number.MAX_SAFE_INTEGER },
  ]) {
    assert.equal(decode(encode(choices), 'test'), choices);
  }
  assert.is(encode({ isMerged: false, schedule: [1, 0, 0], faults: [0, 0] }), 's.1.');
  for (const text of ['', 's', 's..x y', 's.1.2.3.4', 's.1.2.!', 'q..', 's.1_zzzz-1_zzzz.', 's.1__2.']) {
    await expectError(
      Promise.resolve().then(() => decode(text, 'test')),
      'EINVAL',
      /replay/,
    );
  }
});

test('tasks that are not made anew are refused', async () => {
  await expectError(explore({ tasks: counters() as never }), 'EINVAL', /must be a function that makes them/);
  await expectError(explore({ tasks: counters, runs: 0 }), 'EINVAL', /runs/);
});

test.run();

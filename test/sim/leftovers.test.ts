// SPDX-License-Identifier: LGPL-2.1-or-later

// What tasks have left behind when their run is over: what is open, what is waited for; and that it is a failure where it is to be none.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, explore, simulate, type Kernel, type SimulateOptions } from '../../src/sim/index.js';
import { expectError, quietly, well } from './support/simulated.js';

async function untidy({ VPoll, Poller, sleep }: Kernel): Promise<void> {
  await sleep(2);
  const vp = VPoll.create();
  VPoll.create().close();
  const poller = Poller.create();
  poller.add(vp, EPOLLIN);
  await sleep(1);
  void poller.wait();
  void sleep(10);
  setTimeout(() => undefined, 5);
  clearTimeout(setTimeout(() => undefined, 5));
  setInterval(() => undefined, 50);
  setImmediate(() => undefined);
}

const LEFT = [
  { task: 'untidy', kind: 'open', what: 'VPoll fd 3', sinceMs: 2 },
  { task: 'untidy', kind: 'open', what: 'a Poller', sinceMs: 2 },
  { task: 'untidy', kind: 'pending', what: 'a wait of a Poller', sinceMs: 3 },
  { task: 'untidy', kind: 'pending', what: 'sleep(10)', sinceMs: 3 },
  { task: 'untidy', kind: 'pending', what: 'setImmediate', sinceMs: 3 },
  { task: 'untidy', kind: 'pending', what: 'setTimeout of 5 ms', sinceMs: 3 },
  { task: 'untidy', kind: 'pending', what: 'setInterval of 50 ms', sinceMs: 3 },
];

test('what is open and what is pending at the end is listed, by its task, and since when', async () => {
  const { leftovers } = await well({ tidy: ({ sleep }) => sleep(1), untidy });
  assert.equal(leftovers, LEFT);
});

test('what is closed and what has come to its end is not', async () => {
  const { leftovers } = await well({
    main: async ({ VPoll, Poller, sleep }) => {
      const [vp, poller] = [VPoll.create(), Poller.create()];
      await Promise.all([sleep(3), new Promise((resolve) => setTimeout(resolve, 4))]);
      poller.close();
      vp.close();
    },
  });
  assert.equal(leftovers, []);
});

test('mustBeClean makes a failure of it, which a replay has again', async () => {
  const options = { mustBeClean: true };
  const { failure, replay } = await quietly({ untidy }, options);
  assert.equal([failure?.kind, failure?.task], ['unclean', 'untidy']);
  assert.match(failure!.message, 'left behind: VPoll fd 3 of untidy, open since 2 ms; a Poller of untidy, open since 2 ms');
  assert.is((await quietly({ untidy }, { ...options, replay })).failure?.kind, 'unclean');
  await well({ tidy: ({ sleep }) => sleep(1) }, options);
});

test('explore takes mustBeClean as well', async () => {
  const tasks = () => ({ untidy });
  const { failure, result } = await explore({ tasks, mustBeClean: true, report: () => undefined });
  assert.is(failure?.kind, 'unclean');
  assert.is(result?.leftovers.length, LEFT.length);
});

test('a failure of another kind comes first, and the list tells what was going on', async () => {
  const { failure, leftovers } = await quietly(
    {
      main: async ({ sleep, VPoll }) => {
        VPoll.create();
        await sleep(1);
        throw new Error('no');
      },
      other: ({ sleep }) => sleep(9),
    },
    { mustBeClean: true },
  );
  assert.is(failure?.kind, 'threw');
  const said = leftovers.map(({ task, what }) => `${task}: ${what}`);
  assert.equal(said, ['main: VPoll fd 3', 'other: sleep(9)']);
});

test('a task that dies leaves nothing behind', async () => {
  let died = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { trace, leftovers } = await well(
      {
        peer: async (kernel) => {
          await untidy(kernel);
          await kernel.sleep(2);
        },
        main: ({ sleep }) => sleep(20),
      },
      { seed, faults: { dies: { task: 'peer', ratio: [1, 3] } } },
    );
    if (!/t0 dies/.test(trace)) continue;
    died++;
    assert.equal(leftovers, []);
  }
  assert.ok(died > 3, `${died} of 20`);
});

test('a value that is none is refused', async () => {
  const wrong = { tasks: { main: () => undefined }, mustBeClean: 1 } as unknown as SimulateOptions;
  await expectError(simulate(wrong), 'EINVAL', /mustBeClean must be true or false/);
});

test.run();

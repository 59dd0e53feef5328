// SPDX-License-Identifier: LGPL-2.1-or-later

// simulate(): tasks over the simulated kernel, what they see, and how a run comes to its end.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { setTimeout as realSleep } from 'node:timers/promises';
import { realKernel } from '../../src/index.js';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, type Kernel, type Tasks, type VPollError } from '../../src/sim/index.js';
import { expectError, quietly, well } from './support/simulated.js';

/** A program that takes its kernel as an argument. */
async function program({ VPoll: V, Poller: P, sleep, now }: Kernel): Promise<string[]> {
  const said: string[] = [];
  const vp = V.create();
  const poller = P.create();
  poller.add(vp, EPOLLIN, { data: 'mine' });
  const started = now();
  assert.equal(await poller.wait({ timeoutMs: 20 }), []);
  assert.ok(now() - started >= 19);
  vp.add(EPOLLIN);
  for (const { events, data } of await poller.wait()) said.push(`${String(data)} ${events}`);
  vp.delete(EPOLLIN);
  assert.equal(await poller.wait({ timeoutMs: 0 }), []);
  poller.delete(vp);
  poller.add(vp, EPOLLIN, { edge: true, listener: ({ events }) => said.push(`listener ${events}`) });
  vp.add(EPOLLIN);
  while (said.length < 2) await sleep(1);
  poller.delete(vp);
  for await (const events of poller.watch(vp, EPOLLIN | EPOLLOUT)) {
    said.push(`watch ${events}`);
    if (events & EPOLLOUT) break;
    vp.add(EPOLLOUT);
  }
  poller.close();
  assert.throws(() => {
    poller.add(vp, EPOLLIN);
  }, /EBADF/);
  vp.close();
  assert.is(vp.fd, -1);
  return said;
}

test('a program that takes its kernel as an argument does the same on the simulated and on the real one', async () => {
  const said = ['mine 1', 'listener 1', 'watch 1', 'watch 5'];
  if (process.platform === 'linux') assert.equal(await program(realKernel()), said);
  for (let seed = 0; seed < 20; seed++) {
    await well(
      {
        main: async (kernel) => {
          assert.equal(await program(kernel), said);
        },
      },
      { seed, faults: { EINTR: [1, 5], spurious: [1, 5], delay: { ratio: [1, 5], maxUs: 300 }, short: [1, 2] } },
    );
  }
});

/** A producer and two consumers of one vpoll. */
function crowd(said: string[]): Tasks {
  let shared: ReturnType<Kernel['VPoll']['create']> | undefined;
  const consumer =
    (name: string) =>
    async ({ Poller: P, sleep, now }: Kernel): Promise<void> => {
      while (!shared) await sleep(1);
      const poller = P.create();
      poller.add(shared, EPOLLIN, { edge: true });
      for (let i = 0; i < 3; i++) {
        const ready = await poller.wait({ timeoutMs: 50 });
        said.push(`${name} ${now()} ${ready.length}`);
      }
      poller.close();
    };
  return {
    producer: async ({ VPoll: V, sleep }) => {
      shared = V.create();
      for (let i = 0; i < 5; i++) {
        await sleep(10);
        shared.add(EPOLLIN);
      }
    },
    first: consumer('first'),
    second: consumer('second'),
  };
}

test('a seed gives the same run each time, and another one another', async () => {
  const hashes = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const said: string[] = [];
    const again: string[] = [];
    const first = await well(crowd(said), { seed });
    const second = await well(crowd(again), { seed });
    assert.is(second.trace, first.trace);
    assert.is(second.hash, first.hash);
    assert.equal(again, said);
    hashes.add(first.hash);
    const replayed = await well(crowd([]), { replay: first.replay });
    assert.is(replayed.hash, first.hash);
  }
  assert.ok(hashes.size > 10, `${hashes.size} runs`);
});

test('a seed is the same run in every runtime', async () => {
  const faults = { EINTR: [1, 9], spurious: [1, 9], short: [1, 3], delay: { ratio: [1, 9], maxUs: 400 } } as const;
  const { hash, replay } = await well(crowd([]), { seed: 2026, faults });
  // Each runtime that runs this file must come to these; a change of what the trace says changes the hash.
  assert.equal({ hash, replay }, { hash: 'bc3c3efbed433533', replay: '2pse.2-1_3' });
});

test('two simulations at once do not meet', async () => {
  const alone = await well(crowd([]), { seed: 3 });
  const results = await Promise.all(Array.from({ length: 10 }, (_, i) => well(crowd([]), { seed: i % 2 ? 3 : 4 })));
  for (const [i, { hash }] of results.entries()) if (i % 2) assert.is(hash, alone.hash);
});

test('a vpoll of one simulation is refused by another, and after its end', async () => {
  let foreign: ReturnType<Kernel['VPoll']['create']> | undefined;
  await well({
    main: ({ VPoll: V }) => {
      foreign = V.create();
    },
  });
  assert.throws(() => {
    foreign!.add(EPOLLIN);
  }, /this simulation is over/);
  let inside: Kernel | undefined;
  const running = well({
    main: async (kernel) => {
      inside = kernel;
      await kernel.sleep(5);
    },
  });
  for (let i = 0; i < 3; i++) await realSleep(0);
  await running;
  assert.throws(() => inside!.VPoll.create(), /this simulation is over/);
});

test('a wait ends by a signal, by close, and at its time, and loses nothing', async () => {
  await well({
    main: async ({ VPoll: V, Poller: P, sleep, now }) => {
      const vp = V.create();
      const poller = P.create();
      poller.add(vp, EPOLLIN, { edge: true });
      const abort = new AbortController();
      const aborted = poller.wait({ signal: abort.signal }).catch((reason: unknown) => reason);
      await sleep(1);
      await expectError(poller.wait(), 'EBUSY', /pending/);
      abort.abort('enough');
      assert.is(await aborted, 'enough');
      vp.add(EPOLLIN);
      assert.is((await poller.wait()).length, 1);
      const before = now();
      assert.equal(await poller.wait({ timeoutMs: 2.5 }), []);
      assert.is(now(), before + 3);
      const closed = poller.wait().catch((reason: unknown) => (reason as VPollError).code);
      await sleep(1);
      poller.close();
      assert.is(await closed, 'ECANCELED');
      const seen: number[] = [];
      const other = P.create();
      other.add(vp, EPOLLIN);
      for await (const batch of other) {
        seen.push(batch.length);
        other.close();
      }
      assert.equal(seen, [1]);
    },
  });
});

test('each backend that fits can be had; what a kernel lacks is refused', async () => {
  await well({
    main: ({ VPoll: V }) => {
      for (const backend of ['eventfd', 'device', 'socketpair'] as const) {
        const vp = V.create({ backend, policy: 'closest' });
        assert.is(vp.backend, backend);
        vp.set(EPOLLIN | EPOLLHUP);
        assert.is(vp.events, backend === 'socketpair' ? 0x2051 : 0x11);
        assert.is(vp.supports(EPOLLIN), backend !== 'socketpair');
        vp.close();
      }
      assert.throws(() => V.create({ backend: 'tcp' }), /EOPNOTSUPP/);
      assert.throws(() => V.create({ backend: 'socketpair', events: 2 }), /EOPNOTSUPP/);
      assert.throws(() => V.create({ events: 0x20 }), /EINVAL/);
    },
  });
  await well(
    {
      main: ({ VPoll: V }) => {
        assert.is(V.create().backend, 'socketpair');
      },
    },
    { kernel: { eventfd: false, device: false } },
  );
});

test('ENOMEM and EMFILE reach who asks, and a task that dies leaves nothing behind', async () => {
  const codes = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const result = await quietly(
      {
        main: ({ VPoll: V }) => {
          V.create();
        },
      },
      { seed, faults: { ENOMEM: [1, 4], EMFILE: [1, 4] } },
    );
    if (result.failure) codes.add((result.failure.error as VPollError).code);
  }
  assert.equal([...codes].sort(), ['EMFILE', 'ENOMEM']);
  let died = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { trace } = await well(
      {
        peer: async ({ VPoll: V, sleep }) => {
          const vp = V.create({ backend: 'socketpair' });
          for (let i = 0; i < 3; i++) await sleep(1);
          vp.close();
        },
        main: ({ sleep }) => sleep(10),
      },
      { seed, faults: { dies: { task: 'peer', ratio: [1, 4] } } },
    );
    if (/t0 dies/.test(trace)) died++;
    assert.is(trace.match(/ gone/g)?.length ?? 0, trace.match(/ socket 0x/g)?.length ?? 0);
  }
  assert.ok(died > 3 && died < 20, `${died} of 20`);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// What tasks of a correct program do together, a kind a function: the first task leads, each of the others follows it or does the same. They share promises,
// and use what the runtime has; apart.ts has those that don't.

import { Mutex, Semaphore } from 'async-mutex';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import timers from 'node:timers/promises';
import PQueue from 'p-queue';
import * as assert from 'uvu/assert';
import { EPOLLIN, type Kernel, type KernelVPoll } from '../../../src/sim/index.js';
import { deferred, led, type Meeting, type Meetings } from './parts.js';
import { pause } from './pause.js';

const resolved: Meeting = (random, count) => {
  const { promise, resolve } = deferred<number>();
  const before = pause(random);
  return led(
    count,
    async (kernel) => {
      await before(kernel);
      resolve(7);
    },
    () => async () => {
      assert.is(await promise, 7);
    },
  );
};

const rejected: Meeting = (random, count) => {
  const { promise, reject } = deferred();
  const before = pause(random);
  return led(
    count,
    async (kernel) => {
      await before(kernel);
      reject(new Error('as it should be'));
    },
    () => async () => {
      assert.is(await promise.catch((error: unknown) => (error as Error).message), 'as it should be');
    },
  );
};

/** The kernel's own promise, for all of them. */
const shared: Meeting = (_, count) => {
  const { promise, resolve } = deferred<{ sleep: Promise<void> }>();
  return led(
    count,
    async ({ sleep, now }) => {
      const until = now() + 4;
      const made = sleep(4);
      resolve({ sleep: made });
      await made;
      // In milliseconds, which are no binary fractions.
      assert.ok(now() > until - 1e-6);
    },
    () => async () => {
      await (
        await promise
      ).sleep;
    },
  );
};

/** A function of one that the others join. */
const joined: Meeting = (random, count) => {
  const begun = deferred<() => Promise<string>>();
  const steps = [pause(random), pause(random)];
  return led(
    count,
    async (kernel) => {
      let result: Promise<string> | undefined;
      const run = async (): Promise<string> => {
        for (const step of steps) await step(kernel);
        return 'done';
      };
      begun.resolve(() => (result ??= run()));
      await kernel.sleep(1);
    },
    () => async () => {
      assert.is(await (await begun.promise)(), 'done');
    },
  );
};

const exclusive: Meeting = (random, count) => {
  const mutex = new Mutex();
  let inside = 0;
  const during = pause(random);
  return Array.from({ length: count }, () => async (kernel: Kernel) => {
    for (let i = 0; i < 2; i++) {
      await mutex.runExclusive(async () => {
        assert.is(++inside, 1);
        await during(kernel);
        inside--;
      });
    }
  });
};

const counted: Meeting = (random, count) => {
  const semaphore = new Semaphore(2);
  let inside = 0;
  const during = pause(random);
  return Array.from({ length: count }, () => async (kernel: Kernel) => {
    const [, release] = await semaphore.acquire();
    assert.ok(++inside <= 2);
    await during(kernel);
    inside--;
    release();
  });
};

const queued: Meeting = (random, count) => {
  const concurrency = 1 + random.below(2);
  const queue = new PQueue({ concurrency });
  let running = 0;
  const during = pause(random);
  return Array.from({ length: count }, () => async (kernel: Kernel) => {
    const jobs = [1, 2].map((job) =>
      queue.add(async () => {
        assert.ok(++running <= concurrency);
        await during(kernel);
        running--;
        return job;
      }),
    );
    assert.equal(await Promise.all(jobs), [1, 2]);
    await queue.onIdle();
  });
};

/** Of objects: how bytes are cut into chunks is each runtime's own, and with it how often a reader waits. */
const streamed: Meeting = (random, count) => {
  const streams = Array.from({ length: count }, () => new PassThrough({ objectMode: true, highWaterMark: 2 }));
  const between = pause(random);
  return led(
    count,
    async (kernel) => {
      for (let i = 0; i < 3; i++) {
        await between(kernel);
        for (const stream of streams.slice(1)) if (!stream.write(`chunk${i}`)) await once(stream, 'drain');
      }
      for (const stream of streams) stream.end();
    },
    (index) => async (kernel) => {
      let text = '';
      for await (const chunk of streams[index]!) {
        text += String(chunk);
        await kernel.sleep(0);
      }
      assert.is(text, 'chunk0chunk1chunk2');
    },
  );
};

const emitted: Meeting = (random, count) => {
  const emitter = new EventEmitter();
  const listening = Array.from({ length: count }, () => deferred());
  const before = pause(random);
  return led(
    count,
    async (kernel) => {
      for (const { promise } of listening.slice(1)) await promise;
      await before(kernel);
      emitter.emit('told', 'news');
    },
    (index) => async () => {
      const told = once(emitter, 'told');
      listening[index]!.resolve();
      assert.equal(await told, ['news']);
    },
  );
};

/** The others take from one generator of the first, one at a time: Deno loses whose context it is where several ask at once (docs/simulation.md). */
const generated: Meeting = (random, count) => {
  const turns = new Mutex();
  const begun = deferred<AsyncGenerator<number, void>>();
  const between = pause(random);
  const seen: number[] = [];
  return led(
    count,
    async (kernel) => {
      async function* numbers(): AsyncGenerator<number, void> {
        for (let i = 0; i < 4; i++) {
          await between(kernel);
          yield i;
        }
      }
      begun.resolve(numbers());
      await kernel.sleep(0);
    },
    () => async () => {
      const generator = await begun.promise;
      for (let i = 0; i < 2; i++) {
        await turns.runExclusive(async () => {
          const { value } = await generator.next();
          if (typeof value === 'number') seen.push(value);
        });
      }
      assert.equal([...seen], [...seen].sort(), 'a generator gives its values in order');
    },
  );
};

/** Promise.all, any, race and allSettled of what this task and others settle. */
const combined: Meeting = (random, count) => {
  const all = Array.from({ length: count }, () => deferred<number>());
  const before = pause(random);
  return Array.from({ length: count }, (_, i) => async (kernel: Kernel) => {
    await before(kernel);
    all[i]!.resolve(i);
    const promises = all.map(({ promise }) => promise);
    assert.is((await Promise.all(promises)).length, count);
    assert.is((await Promise.allSettled(promises)).length, count);
    assert.type(await Promise.any([kernel.sleep(9).then(() => -1), ...promises]), 'number');
    await Promise.race([kernel.sleep(3), promises[(i + 1) % count], new Promise((resolve) => setTimeout(resolve, 2))]);
  });
};

const polled: Meeting = (random, count) => {
  const made = deferred<KernelVPoll>();
  const before = pause(random);
  let left = count - 1;
  const gone = deferred();
  return led(
    count,
    async (kernel) => {
      const vp = kernel.VPoll.create();
      made.resolve(vp);
      await before(kernel);
      vp.add(EPOLLIN);
      await gone.promise;
      vp.close();
    },
    () =>
      async ({ Poller }) => {
        const poller = Poller.create();
        poller.add(await made.promise, EPOLLIN);
        const ready = await poller.wait();
        assert.is(ready[0]!.events, EPOLLIN);
        poller.close();
        if (--left === 0) gone.resolve();
      },
  );
};

/** Each for itself: timers run in their order, the cleared ones not at all, and time and chance are sane. */
const timed: Meeting = (random, count) =>
  Array.from({ length: count }, () => {
    const [short, long] = [1 + random.below(3), 4 + random.below(3)];
    return async ({ now }: Kernel) => {
      const said: string[] = [];
      const [started, date] = [now(), Date.now()];
      const cleared = setTimeout(() => said.push('cleared'), short);
      setTimeout(() => said.push('long'), long);
      setTimeout(() => said.push('short'), short);
      setTimeout(() => said.push('short too'), short);
      setImmediate(() => said.push('immediate'));
      clearTimeout(cleared);
      const aborted = timers.setTimeout(50, undefined, { signal: AbortSignal.timeout(8) });
      assert.is(await aborted.catch((error: unknown) => (error as Error).name), 'AbortError');
      assert.equal(said, ['immediate', 'short', 'short too', 'long']);
      // In milliseconds, which are no binary fractions.
      assert.ok(now() - started > 8 - 1e-6 && Date.now() - date >= 7);
      const drawn = Math.random();
      assert.ok(drawn >= 0 && drawn < 1);
    };
  });

export const MEETINGS: Meetings = {
  resolved,
  rejected,
  shared,
  joined,
  exclusive,
  counted,
  queued,
  streamed,
  emitted,
  generated,
  combined,
  polled,
  timed,
};

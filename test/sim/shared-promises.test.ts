// SPDX-License-Identifier: LGPL-2.1-or-later

// Tasks that wait for one another by promises: whatever some task can still settle may be waited for, and each goes on under its own name.

import { Mutex } from 'async-mutex';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, type Kernel, type KernelVPoll, type SimulateOptions, type Tasks } from '../../src/sim/index.js';
import { deferred } from './support/parts.js';
import { quietly, well } from './support/simulated.js';

/** Tasks that are made anew for each run. */
type Program = () => Tasks;

const PROGRAMS: Record<string, Program> = {
  "the kernel's own promise, which another task awaits": () => {
    let shared: Promise<void> | undefined;
    return {
      a: async ({ sleep }) => {
        shared = sleep(5);
        await shared;
      },
      b: async ({ sleep }) => {
        await sleep(1);
        await shared;
      },
    };
  },
  'a deferred that another task resolves': () => {
    const { promise, resolve } = deferred();
    return {
      a: () => promise,
      b: async ({ sleep }) => {
        await sleep(5);
        resolve();
      },
    };
  },
  'one that another task rejects': () => {
    const { promise, reject } = deferred();
    return {
      a: async () => {
        assert.is(await promise.catch((error: unknown) => (error as Error).message), 'no');
      },
      b: async ({ sleep }) => {
        await sleep(5);
        reject(new Error('no'));
      },
    };
  },
  'a mutex': () => {
    const mutex = new Mutex();
    let inside = 0;
    const task = ({ sleep }: Kernel): Promise<void> =>
      mutex.runExclusive(async () => {
        assert.is(++inside, 1);
        await sleep(3);
        inside--;
      });
    return { a: task, b: task, c: task };
  },
  'events.once()': () => {
    const emitter = new EventEmitter();
    return {
      a: async () => {
        assert.equal(await once(emitter, 'told'), [7]);
      },
      b: async ({ sleep }) => {
        await sleep(5);
        emitter.emit('told', 7);
      },
    };
  },
  'a stream': () => {
    const stream = new PassThrough();
    return {
      a: async () => {
        let text = '';
        for await (const chunk of stream) text += String(chunk);
        assert.is(text, 'onetwo');
      },
      b: async ({ sleep }) => {
        for (const word of ['one', 'two']) {
          await sleep(2);
          stream.write(word);
        }
        stream.end();
      },
    };
  },
  'a function of another task': () => {
    const running = deferred<Promise<string>>();
    const run = async ({ sleep }: Kernel): Promise<string> => {
      await sleep(5);
      return 'done';
    };
    return {
      a: async (kernel) => {
        running.resolve(run(kernel));
        await kernel.sleep(1);
      },
      b: async () => {
        assert.is(await running.promise, 'done');
      },
    };
  },
  'all, any and race of what several tasks settle': () => {
    const [first, second] = [deferred<number>(), deferred<number>()];
    return {
      a: async ({ sleep }) => {
        const both = [first.promise, second.promise];
        assert.is(await Promise.any(both), 1);
        assert.equal(await Promise.all(both), [1, 2]);
        assert.is(await Promise.race([sleep(50).then(() => 3), second.promise]), 2);
      },
      b: async ({ sleep }) => {
        await sleep(2);
        first.resolve(1);
      },
      c: async ({ sleep }) => {
        await sleep(4);
        second.resolve(2);
      },
    };
  },
  'the values of an async generator': () => {
    const begun = deferred<AsyncGenerator<number>>();
    async function* numbers({ sleep }: Kernel): AsyncGenerator<number> {
      for (let i = 0; i < 3; i++) {
        await sleep(2);
        yield i;
      }
    }
    return {
      a: async () => {
        const seen: number[] = [];
        for await (const value of await begun.promise) seen.push(value);
        assert.equal(seen, [0, 1, 2]);
      },
      b: (kernel) => {
        begun.resolve(numbers(kernel));
      },
    };
  },
};

const RUNS: Partial<SimulateOptions>[] = [
  { strategy: 'round-robin' },
  ...Array.from({ length: 10 }, (_, seed) => ({ seed })),
  ...Array.from({ length: 10 }, (_, seed) => ({ seed, strategy: { pct: 2 } })),
];

for (const [what, program] of Object.entries(PROGRAMS)) {
  test(`a task may wait for ${what}`, async () => {
    for (const options of RUNS) {
      const { trace } = await well(program(), options);
      assert.is((await well(program(), options)).trace, trace);
    }
  });
}

test("a task that another one's promise has woken goes on under its own name", async () => {
  const { promise, resolve } = deferred();
  const { trace } = await well({
    a: async ({ sleep, VPoll }) => {
      await Promise.race([sleep(10), promise]);
      const vp = VPoll.create();
      await sleep(100);
      vp.close();
    },
    b: async ({ sleep }) => {
      await sleep(5);
      resolve();
      await sleep(300);
    },
  });
  // Its own thread sleeps until 10 ms, so a further one of its own makes it; t1 is b.
  assert.match(trace, /^5000000 t[^1]\d* eventfd /m);
  assert.match(trace, /^5000000 t[^1]\d* sleep 100000 /m);
});

test('what a task makes when another has woken it is closed where it dies, not where the other does', async () => {
  let died = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { promise, resolve } = deferred();
    let vp: KernelVPoll | undefined;
    const { trace, failure } = await quietly(
      {
        a: async ({ VPoll, sleep }) => {
          await promise;
          vp = VPoll.create();
          await sleep(20);
          vp.add(EPOLLIN);
          vp.close();
        },
        b: async ({ sleep }) => {
          resolve();
          for (let i = 0; i < 5; i++) await sleep(1);
        },
      },
      { seed, faults: { dies: { task: 'b', ratio: [1, 6] } } },
    );
    // It may also die before it wakes anybody.
    if (!vp) continue;
    assert.is(failure, undefined);
    if (/t1 dies/.test(trace)) died++;
  }
  assert.ok(died > 3, `${died} of 20`);
});

test('a cycle of promises is stuck, and says who waits for what', async () => {
  const [first, second] = [deferred(), deferred()];
  const { failure } = await quietly({
    a: async () => {
      await first.promise;
      second.resolve();
    },
    b: async ({ sleep }) => {
      await sleep(3);
      await second.promise;
      first.resolve();
    },
    c: ({ sleep }) => sleep(9),
  });
  assert.ok(failure);
  assert.is(failure.kind, 'stuck');
  assert.is(failure.atMs, 9);
  assert.match(failure.message, 'nobody will wake a, b: a waits for a promise since 0 ms; b waits for a promise since 3 ms');
});

test('one task asleep for good and one that waits for it are stuck', async () => {
  const { promise, resolve } = deferred();
  const { failure } = await quietly({
    a: () => promise,
    b: async ({ Poller, sleep }) => {
      await sleep(2);
      await Poller.create().wait();
      resolve();
    },
  });
  assert.is(failure?.kind, 'stuck');
  assert.match(failure!.message, 'a waits for a promise since 0 ms; b waits for a wait of a Poller since 2 ms');
});

test('two tasks that take two mutexes of async-mutex in opposite orders are stuck, in words that claim no more than is known', async () => {
  const [one, other] = [new Mutex(), new Mutex()];
  const take =
    (first: Mutex, second: Mutex) =>
    async ({ sleep }: Kernel): Promise<void> => {
      await first.runExclusive(async () => {
        await sleep(1);
        await second.runExclusive(() => undefined);
      });
    };
  const { failure } = await quietly({ a: take(one, other), b: take(other, one) });
  assert.is(failure?.kind, 'stuck');
  assert.is(
    failure!.message,
    'nobody will wake a, b: a waits for a promise since 1 ms; b waits for a promise since 1 ms. Who would settle a promise no runtime tells: ' +
      'these tasks may wait for one another (as with two locks that are taken in opposite orders), or for what nobody settles',
  );
});

test.run();

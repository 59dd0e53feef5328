// SPDX-License-Identifier: LGPL-2.1-or-later

// Timers, clocks and chance of a task are the simulation's; outside of tasks they are the runtime's own.

import crypto from 'node:crypto';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, type Kernel, type SimulationResult } from '../../src/sim/index.js';
import { quietly, well } from './support/simulated.js';

/** One task. */
function alone(main: (kernel: Kernel) => Promise<void> | void, seed = 0): Promise<SimulationResult> {
  return well({ main }, { seed });
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('setTimeout, setInterval and setImmediate take virtual time, and run in the order of an event loop', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { nowMs } = await alone(async ({ now }) => {
      const said: string[] = [];
      setTimeout((what: string) => said.push(what, String(now())), 3_600_000, 'hour');
      setTimeout(() => said.push('second'), 5);
      setTimeout(() => said.push('third'), 5);
      setTimeout(() => said.push('first'), 4.9);
      setImmediate(() => said.push('immediate'));
      timers.setImmediate(() => said.push('too'));
      let count = 0;
      const interval = setInterval(() => {
        if (++count === 3) clearInterval(interval);
      }, 2000);
      await later(3_600_000);
      assert.equal(said, ['immediate', 'too', 'first', 'second', 'third', 'hour', '3600000']);
      assert.is(count, 3);
    }, seed);
    assert.is(nowMs, 3_600_000);
  }
});

test('a timer can be cleared, by itself, by its number and from outside, and be begun anew', async () => {
  let left: NodeJS.Timeout | undefined;
  await alone(async ({ now }) => {
    const said: number[] = [];
    clearTimeout(setTimeout(() => said.push(1), 1));
    clearTimeout(Number(setTimeout(() => said.push(2), 1)));
    clearTimeout(String(Number(setTimeout(() => said.push(3), 1))));
    setTimeout(() => said.push(4), 1)[Symbol.dispose]();
    const postponed = setTimeout(() => said.push(now()), 10);
    await later(6);
    assert.is(postponed.hasRef() && !postponed.unref().hasRef(), true);
    postponed.refresh();
    await later(6);
    assert.equal(said, []);
    await later(6);
    assert.equal(said, [16]);
    left = setTimeout(() => undefined, 1);
  });
  clearTimeout(left);
});

test('time does not wait for a timer that was cleared', async () => {
  const { nowMs } = await alone(async ({ sleep }) => {
    const long = setTimeout(() => undefined, 1_000_000);
    await sleep(3);
    clearTimeout(long);
    await later(4);
  });
  assert.is(nowMs, 7);
});

test('a timer is a sleep of a thread: when it runs beside other tasks is for the seed to say', async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    let order = '';
    const { trace } = await well(
      {
        a: async () => {
          await later(5);
          order += 'a';
        },
        b: async ({ sleep }) => {
          await sleep(5);
          order += 'b';
        },
      },
      { seed },
    );
    assert.match(trace, /t\d+ sleep 5000 \| sleeps/);
    orders.add(order);
  }
  assert.equal([...orders].sort(), ['ab', 'ba']);
});

test('node:timers/promises and AbortSignal.timeout() are on virtual time', async () => {
  const { nowMs } = await alone(async ({ now, Poller }) => {
    assert.is(await timersPromises.setTimeout(10, 'value'), 'value');
    assert.is(await timersPromises.setImmediate('now'), 'now');
    await timersPromises.scheduler.wait(5);
    const seen: number[] = [];
    for await (const step of timersPromises.setInterval(100, 'step')) if (step === 'step' && seen.push(now()) === 3) break;
    assert.equal(seen, [115, 215, 315]);
    const poller = Poller.create();
    const failed = await poller.wait({ signal: AbortSignal.timeout(85) }).catch((error: unknown) => error);
    assert.is((failed as Error).name, 'TimeoutError');
    poller.close();
    const abort = new AbortController();
    const aborted = timersPromises.setTimeout(1000, undefined, { signal: abort.signal });
    abort.abort('enough');
    const error = (await aborted.catch((each: unknown) => each)) as Error & { code: string };
    assert.equal([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', 'enough']);
  });
  assert.is(nowMs, 400);
});

test('clocks begin where each run begins, and tell virtual time', async () => {
  await alone(async ({ sleep }) => {
    assert.is(new Date().toISOString(), '2026-01-01T00:00:00.000Z');
    assert.is(performance.now(), 0);
    await sleep(1500);
    assert.is(Date.now(), Date.UTC(2026, 0, 1) + 1500);
    assert.is(performance.now(), 1500);
    assert.is(process.hrtime.bigint(), 1_500_000_000n);
    assert.equal(process.hrtime(), [1, 500_000_000]);
    assert.equal(process.hrtime([0, 600_000_000]), [0, 900_000_000]);
    assert.is(process.uptime(), 1.5);
    assert.is(new Date(0).getTime(), 0);
    assert.match(Date(), '2026');
    class Moment extends Date {}
    assert.is(new Moment().getTime(), Date.now());
    assert.is(new Date().constructor, Date);
  });
});

/** All that a task draws. */
function draw(): string {
  const drawn: unknown[] = [Math.random(), crypto.randomUUID(), globalThis.crypto.randomUUID()];
  drawn.push(globalThis.crypto.getRandomValues(new Uint16Array(3)).join(), crypto.randomBytes(5).toString('hex'));
  drawn.push(crypto.randomInt(10), crypto.randomInt(5, 8), crypto.randomFillSync(Buffer.alloc(4), 1, 2).toString('hex'));
  return drawn.join(' ');
}

test("chance is the seed's, and a replay has it again", async () => {
  const drawn: string[] = [];
  const main = async ({ sleep }: Kernel): Promise<void> => {
    drawn.push(draw());
    const bytes = await new Promise((resolve) => { crypto.randomBytes(3, (_, given) => { resolve(given); }); }); // prettier-ignore
    drawn.push((bytes as Buffer).toString('hex'));
    await sleep(Math.floor(Math.random() * 100));
  };
  const first = await well({ main }, { seed: 7 });
  const again = await well({ main }, { seed: 7 });
  const replayed = await well({ main }, { seed: 3, replay: first.replay });
  const other = await well({ main }, { seed: 8 });
  assert.equal(drawn.slice(2, 4), drawn.slice(0, 2));
  assert.equal(drawn.slice(4, 6), drawn.slice(0, 2));
  assert.is.not(drawn[6], drawn[0]);
  assert.equal([again.hash, replayed.hash], [first.hash, first.hash]);
  assert.is(replayed.replay, first.replay);
  // In every runtime the same.
  assert.is(drawn[0], DRAWN);
  assert.ok(other.hash);
});

test("bytes that a package draws in stock, for runs to come as well, don't change what Math.random() gives", async () => {
  let isStocked = false;
  const main = async ({ sleep }: Kernel): Promise<void> => {
    if (!isStocked)
      for (const draw of [() => crypto.randomBytes(64), () => crypto.randomUUID(), () => crypto.randomInt(9)]) draw();
    isStocked = true;
    await sleep(Math.floor(Math.random() * 1000));
  };
  const first = await well({ main }, { seed: 7 });
  assert.is((await well({ main }, { seed: 7 })).trace, first.trace);
});

const DRAWN =
  '0.7145816149867823 c033c402-cd9b-4bd7-9026-6e91519cddab 01a46ce1-18a5-4e0a-98f2-02611053e8c0 10995,31539,3378 2e735d5c42 7 5 00d99800';

const WRONG: (() => unknown)[] = [
  () => crypto.randomBytes(-1),
  () => crypto.randomInt(5, 5),
  () => crypto.randomFillSync(Buffer.alloc(2), 3),
  () => globalThis.crypto.getRandomValues(new Float32Array(1) as never),
  () => globalThis.crypto.getRandomValues(new Uint8Array(65_537)),
  () => {
    Reflect.apply(setTimeout, undefined, ['text', 1]);
  },
];

/** What is said to each. */
function answers(): string[] {
  return WRONG.map((ask) => {
    try {
      ask();
      return 'nothing';
    } catch (error) {
      return (error as Error).message;
    }
  });
}

test('what is asked for wrongly gets the answer of the original', async () => {
  const outside = answers();
  let inside: string[] = [];
  await alone(() => {
    inside = answers();
  });
  assert.equal(inside, outside);
  assert.ok(inside[0] !== 'nothing');
});

test('outside of tasks all are as ever, while a simulation runs as well', async () => {
  const before = Date.now();
  const running = alone(async ({ sleep }) => {
    for (let i = 0; i < 5000; i++) await sleep(1000);
  });
  const drawn = new Set<string>();
  for (let i = 0; i < 20; i++) {
    await later(1);
    drawn.add(crypto.randomUUID());
    assert.ok(Math.abs(Date.now() - before) < 100_000);
  }
  assert.is(drawn.size, 20);
  const { nowMs } = await running;
  assert.is(nowMs, 5_000_000);
  assert.equal([setTimeout.name, setTimeout.length > 0, Date.name, Math.random.name], ['setTimeout', true, 'Date', 'random']);
  assert.is(globalThis.setTimeout, timers.setTimeout);
  assert.ok(new Date() instanceof Date && Object.prototype.toString.call(new Date()) === '[object Date]');
});

test('what a timer throws is the failure of its task', async () => {
  const { failure } = await quietly({
    main: ({ sleep }) => {
      setTimeout(() => {
        throw new Error('from a timer');
      }, 3);
      return sleep(10);
    },
  });
  assert.equal([failure?.kind, failure?.task, failure?.atMs, failure?.message], ['threw', 'main', 3, 'from a timer']);
});

test('a flag that a timer sets, random branches and real time give one hash', async () => {
  const hashes = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const { hash } = await alone(async ({ sleep, VPoll }) => {
      let flag = false;
      setTimeout(() => (flag = true), 1);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the timer sets it
      while (!flag) await sleep(1);
      const vp = VPoll.create();
      if (Math.random() < 0.5) vp.add(EPOLLIN);
      await sleep(Date.now() % 7);
    });
    hashes.add(hash);
  }
  assert.is(hashes.size, 1);
});

test('a task that sets a great many timers takes few threads', async () => {
  const { trace } = await alone(async () => {
    for (let i = 0; i < 1000; i++) setTimeout(() => undefined, 100);
    await later(101);
  });
  assert.ok((trace.match(/thread of/g) ?? []).length < 10);
});

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later

// Whatever a runtime has for waiting, a task gets it in virtual time, or is refused it by name: a table of both, of what is there in this runtime.

import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { EventEmitter, on, once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import timers from 'node:timers/promises';
import { promisify } from 'node:util';
import threads from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kernel } from '../../src/sim/index.js';
import { runtime } from '../support/runtime.js';
import { quietly, well } from './support/simulated.js';

/** What each waits for, and how many virtual milliseconds that takes. */
const GIVEN: Readonly<Record<string, readonly [ms: number, wait: (kernel: Kernel) => Promise<unknown>]>> = {
  queueMicrotask: [0, () => new Promise<void>((resolve) => { queueMicrotask(resolve); })], // prettier-ignore
  'process.nextTick': [0, () => new Promise((resolve) => { process.nextTick(resolve); })], // prettier-ignore
  setImmediate: [0, () => new Promise((resolve) => setImmediate(resolve))],
  setTimeout: [70_000, () => new Promise((resolve) => setTimeout(resolve, 70_000))],
  'util.promisify(setTimeout)': [70_000, () => promisify(setTimeout)(70_000)],
  'scheduler.wait': [70_000, () => timers.scheduler.wait(70_000)],
  'scheduler.yield': [0, () => timers.scheduler.yield()],
  'AbortSignal.timeout': [70_000, () => new Promise((resolve) => { AbortSignal.timeout(70_000).onabort = resolve; })], // prettier-ignore
  'AbortSignal.any': [
    70_000,
    () => new Promise((resolve) => { AbortSignal.any([AbortSignal.timeout(70_000)]).onabort = resolve; }), // prettier-ignore
  ],
  EventTarget: [
    5,
    async ({ sleep }) => {
      const target = new EventTarget();
      const told = once(target, 'told');
      await sleep(5);
      target.dispatchEvent(new Event('told'));
      await told;
    },
  ],
  'events.on': [
    5,
    async () => {
      const emitter = new EventEmitter();
      setTimeout(() => emitter.emit('told'), 5);
      await on(emitter, 'told').next();
    },
  ],
  'stream.pipeline': [
    10,
    ({ sleep }) =>
      pipeline(
        Readable.from(['a', 'b']),
        async function* (source) {
          for await (const each of source as AsyncIterable<string>) {
            await sleep(5);
            yield each;
          }
        },
        async (source) => {
          for await (const each of source) assert.type(each, 'string');
        },
      ),
  ],
  ReadableStream: [
    5,
    async ({ sleep }) => {
      const stream = new ReadableStream({ pull: (controller) => sleep(5).then(() => { controller.close(); }) }); // prettier-ignore
      assert.is((await stream.getReader().read()).done, true);
    },
  ],
};

/** Deno's util.promisify() has a timer of its own for setTimeout, which is the runtime's (docs/simulation.md). */
const given = Object.entries(GIVEN).filter(([what]) => runtime !== 'deno' || what !== 'util.promisify(setTimeout)');

for (const [what, [ms, wait]] of given) {
  test(`${what}: ${ms} virtual ms`, async () => {
    await well({
      main: async (kernel) => {
        const before = kernel.now();
        await wait(kernel);
        assert.is(Math.round(kernel.now() - before), ms);
      },
    });
  });
}

type Maker = new (...args: unknown[]) => unknown;
const global = globalThis as unknown as Record<string, Maker | undefined> & { navigator?: { locks?: LockManager } };

/** What asks for each. Constructors that are global need no more than their name. */
const REFUSED: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(
    ['BroadcastChannel', 'MessageChannel', 'EventSource', 'WebSocket', 'Worker', 'SharedWorker', 'CompressionStream']
      .filter((name) => global[name])
      .map((name) => [name, () => new global[name]!('http://127.0.0.1:1')]),
  ),
  'BroadcastChannel of worker_threads': () => new threads.BroadcastChannel('x'),
  'MessageChannel of worker_threads': () => new threads.MessageChannel(),
  'Worker of worker_threads': () => new threads.Worker('', { eval: true }),
  fetch: () => fetch('http://127.0.0.1:1'),
  'child_process.exec()': () => childProcess.exec('true'),
  'dgram.createSocket()': () => dgram.createSocket('udp4'),
  'dns.lookup()': () => { dns.lookup('localhost', () => undefined); }, // prettier-ignore
  ...(global.navigator?.locks && {
    'navigator.locks.request()': () => global.navigator!.locks!.request('x', () => undefined),
    'navigator.locks.query()': () => global.navigator!.locks!.query(),
  }),
};

for (const [what, ask] of Object.entries(REFUSED)) {
  test(`${what} is refused by its name`, async () => {
    const { failure } = await quietly({
      main: async ({ sleep }) => {
        await sleep(1);
        await ask();
      },
    });
    assert.is(failure?.kind, 'foreign', failure?.message);
    assert.match(failure!.message, `it asked for ${what.replace(/ of .*/, '')},`);
  });
}

test('outside of tasks a BroadcastChannel is as ever', async () => {
  const [one, other] = [new BroadcastChannel('runtime-waits'), new BroadcastChannel('runtime-waits')];
  const told = new Promise<unknown>((resolve) => {
    other.onmessage = ({ data }: { data?: unknown }) => { resolve(data); }; // prettier-ignore
  });
  one.postMessage('news');
  assert.is(await told, 'news');
  one.close();
  other.close();
});

test.run();

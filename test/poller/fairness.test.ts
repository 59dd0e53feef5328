// SPDX-License-Identifier: LGPL-2.1-or-later

// One descriptor that is always ready keeps nobody from being served: not 1,000 others, and not the rest of the event loop.

import { performance } from 'node:perf_hooks';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, Poller, VPoll } from '../../src/index.js';
import { collect, scenario } from './support/scenario.js';

const IN = EPOLLIN;
const OTHERS = 1000;
const TIMER_MS = 10;
/** A runtime's timer may be some milliseconds late, and a turn of the loop takes 10 microseconds at the least. */
const LATE_MAX = 10_000;

interface Served {
  others: Set<number>;
  batches: number;
}

/** Serves until each of the others was seen, with batches of `max`. */
async function serveAll(poller: Poller, all: VPoll[], max: number): Promise<Served> {
  const others = new Set<number>();
  let batches = 0;
  while (others.size < all.length) {
    const batch = await poller.wait({ max });
    batches++;
    assert.ok(batch.length <= max);
    for (const { data } of batch) {
      if (data === undefined || others.has(data as number)) continue;
      others.add(data as number);
      all[data as number]!.delete(IN);
    }
  }
  return { others, batches };
}

for (const max of [1, 16, 1024]) {
  scenario(test, `one always ready, 1,000 others, batches of ${max}: each is served in its turn`, async ({ poller, vpoll }) => {
    poller.add(vpoll(IN), IN);
    const all = Array.from({ length: OTHERS }, () => vpoll());
    all.forEach((vp, data) => {
      poller.add(vp, IN, { data });
      vp.add(IN);
    });
    collect();
    const { others, batches } = await serveAll(poller, all, max);
    assert.is(others.size, OTHERS);
    // A turn for the one that is always ready, and it is the next one's.
    const atMost = Math.ceil(((OTHERS + 1) * 2) / max) + 1;
    assert.ok(batches <= atMost, `${batches} batches, ${atMost} would do`);
  });
}

for (const way of ['wait', 'iteration', 'listener', 'timeout 0'] as const) {
  scenario(test, `one always ready, by ${way}: a timer of 10 ms fires, and a read comes through`, async ({ poller, vpoll }) => {
    const vp = vpoll(IN);
    let served = 0;
    let start = Infinity;
    let fired_ms = -1;
    /** How often it was served when the timer's time was over and the timer had not fired. */
    let late = 0;
    const count = (events: number): void => {
      served += events;
      if (events > 0 && fired_ms < 0 && performance.now() - start > TIMER_MS + 1) late++;
      assert.ok(late <= LATE_MAX, `served ${late} times after the timer's time, and it has not fired`);
    };
    const listener = (): void => {
      count(1);
    };
    poller.add(vp, IN, way === 'listener' ? { listener } : {});
    const serve = async (): Promise<void> => {
      if (way === 'listener') await new Promise((resolve) => setTimeout(resolve, 1));
      else count((await poller.wait(way === 'timeout 0' ? { timeoutMs: 0 } : {})).length);
    };
    // In Bun and Deno the thread that waits has to start first.
    while (served < 3) await serve();
    served = 0;
    start = performance.now();
    setTimeout(() => (fired_ms = performance.now() - start), TIMER_MS);
    let read = -1;
    const { stat } = await import('node:fs/promises');
    void stat(import.meta.filename).then(({ size }) => (read = size));
    const isDone = (): boolean => fired_ms >= 0 && read > 0 && served > 2;
    if (way === 'iteration') {
      for await (const batch of poller) {
        count(batch.length);
        if (isDone()) break;
      }
    }
    while (!isDone()) await serve();
    assert.is(read, (await stat(import.meta.filename)).size, 'what was read');
    assert.ok(fired_ms >= TIMER_MS - 1, `the timer fired after ${fired_ms} ms`);
  });
}

scenario(test, 'two Pollers, each with one that is always ready, take turns', async ({ poller, vpoll, own }) => {
  const other = Poller.create();
  own(() => {
    other.close();
  });
  poller.add(vpoll(IN), IN);
  other.add(vpoll(IN), IN);
  const counts = [0, 0];
  const serve = async (which: Poller, i: number): Promise<void> => {
    while (counts[0]! < 200 || counts[1]! < 200) {
      counts[i]! += (await which.wait()).length;
      assert.ok(counts[i]! < 10_000, counts.join(' against '));
    }
  };
  await Promise.all([serve(poller, 0), serve(other, 1)]);
});

test.run();

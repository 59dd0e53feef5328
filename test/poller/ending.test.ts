// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// The environment of the main thread or of a Worker ends while Pollers in it wait. Something is ready, is about to be, or becomes so in the end.
// The environment ends as it would without them, and takes nothing else with it. VPOLL_ENDINGS=200 does each 200 times.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runtime } from '../support/runtime.js';
import type { Order, Outcome } from './support/ending-program.js';
import { Endings, type End } from './support/ending.js';
import { runProgram } from './support/program.js';

/** What a race may do differently each time is Node's; in Bun and Deno a thread waits, and starting that takes most of the time. */
const TIMES = Number(process.env.VPOLL_ENDINGS ?? (runtime === 'node' ? 5 : 1));
const WAYS = ['level', 'edge', 'listener', 'wait', 'watch', 'iteration'] as const;

/** What a process ends with, and what its Workers do. */
interface Expected {
  main?: number;
  worker?: Outcome;
}

const MINE: Expected = { main: 1, worker: [1, 'mine'] };
/** A Worker of Bun's has status 0 then. */
const REJECTED: Expected = runtime === 'bun' ? { main: 1, worker: [0, 'mine'] } : MINE;
const WELL: Expected = { main: 0, worker: [0, ''] };

const EXPECTED: Record<Order['how'], Expected> = {
  'nothing left, and an event there': WELL,
  'nothing left, and an event at last': WELL,
  'nothing left, and no event': WELL,
  'an event in beforeExit': { main: 0 },
  'an event in exit': WELL,
  'process.exitCode': { main: 4, worker: [4, ''] },
  'process.exit()': { main: 3, worker: [3, ''] },
  'an uncaught error': MINE,
  'an unhandled rejection': REJECTED,
  'terminate()': { worker: [1, ''] },
  'terminate() while Pollers come and go': { worker: [1, ''] },
};

const endings = new Endings();
test.after(() => {
  endings.remove();
});

/** Which of them ended otherwise, once each: with how often. */
function faults(ends: readonly End[], isRight: (end: End) => boolean): string[] {
  const wrong = ends.filter((end) => !isRight(end));
  return WAYS.flatMap((way) => {
    const all = wrong.filter((end) => end.way === way);
    if (all.length === 0) return [];
    const { end, workers, stderr } = all[0]!;
    return [`${way}, ${all.length} of ${ends.length / WAYS.length}: ${end} ${JSON.stringify(workers)} ${stderr.slice(0, 500)}`];
  });
}

const hows = Object.entries(EXPECTED) as [Order['how'], Expected][];

for (const [how, { main }] of hows) {
  if (main === undefined) continue;
  test(`the main thread: ${how}`, async () => {
    const orders = WAYS.flatMap((way) => Array.from({ length: TIMES }, () => ({ way, how, workers: 0 })));
    const ends = await endings.run(orders);
    assert.equal(
      faults(ends, ({ end }) => end === main),
      [],
    );
  });
}

for (const [how, { worker }] of hows) {
  if (worker === undefined) continue;
  test(`Workers: ${how}`, async () => {
    const ends = await endings.run(WAYS.map((way) => ({ way, how, workers: TIMES })));
    const all = JSON.stringify(Array.from({ length: TIMES }, () => worker));
    assert.equal(
      faults(ends, ({ end, workers }) => end === 7 && JSON.stringify(workers) === all),
      [],
    );
  });
}

const CLOSED = `
if (isMainThread) {
  const { readdirSync } = await import('node:fs');
  const some = async (count) => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => new Worker(new URL(import.meta.url)).once('exit', resolve));
    return readdirSync('/proc/self/fd').length;
  };
  const before = await some(2);
  say((await some(10)) - before);
} else {
  poller.add(vp, EPOLLIN);
  vp.add(EPOLLIN);
  await poller.wait();
  vp.close();
}
await poller[Symbol.asyncDispose]();
`;

// Only there has a thread a descriptor for all its Pollers, which must go with it.
if (runtime === 'node') {
  test('a Worker that has closed what it made leaves no descriptor', async () => {
    const { end, lines, stderr } = await runProgram(CLOSED);
    assert.equal([end, lines], [0, ['0']], stderr);
  });
}

test.run();

// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400

// What keeps a process alive, and that nothing keeps it from ending. The milliseconds are printed, not judged: they are the
// bench's. Here a program must end by itself, long before it would be killed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runProgram, type Outcome } from './support/program.js';

function ends(name: string, code: string, end: number | string, lines: string[], signal?: NodeJS.Signals): void {
  test(name, async () => {
    const outcome: Outcome = await runProgram(code, signal);
    assert.is(outcome.end, end, outcome.stderr);
    assert.equal(outcome.lines, lines);
    if (!Number.isNaN(outcome.ending_ms)) console.log(`${name}: ended after ${outcome.ending_ms} ms`);
  });
}

/** Everything that can be pending, in one program. */
const PENDING = `
poller.add(vp, EPOLLIN);
poller.ref();
poller.wait({ timeoutMs: 600_000 }).then(() => say('ended'), () => say('failed'));
const other = VPoll.create({ backend: 'socketpair' });
poller.add(other, EPOLLIN, { listener: () => say('called') });
const third = VPoll.create({ backend: 'socketpair' });
poller.watch(third, EPOLLIN).next().then(() => say('stepped'));
await new Promise((resolve) => setTimeout(resolve, 300));
`;

ends('process.exit()', `${PENDING} now(); process.exit(3);`, 3, []);
ends('process.exit() in the turn in which it began to wait', `poller.wait(); now(); process.exit(4);`, 4, []);
ends(
  'process.exit() from a listener',
  `${PENDING} poller.modify(other, EPOLLIN, { listener: () => { now(); process.exit(5); } }); other.add(EPOLLIN);`,
  5,
  [],
);
ends('an uncaught exception', `${PENDING} setTimeout(() => { now(); throw new Error('mine'); }, 10);`, 1, []);
ends('SIGTERM', `${PENDING} say('ready');`, 'SIGTERM', ['ready'], 'SIGTERM');
ends('SIGINT', `${PENDING} say('ready');`, 'SIGINT', ['ready'], 'SIGINT');

const IN_WORKER = `
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.once('message', resolve));
  poller.wait({ timeoutMs: 600_000 }).catch(() => undefined);
  END
} else {
  ${PENDING}
  const { parentPort } = await import('node:worker_threads');
  parentPort.postMessage('waits');
}
`;
const inWorker = (end: string): string => IN_WORKER.replace('END', end);

ends('worker.terminate()', inWorker(`poller.close(); now(); await worker.terminate(); say('terminated');`), 0, ['terminated']);
ends('process.exit() while a worker waits as well', inWorker('now(); process.exit(6);'), 6, []);
ends(
  'an uncaught exception while a worker waits as well',
  inWorker(`setTimeout(() => { now(); throw new Error('mine'); }, 10);`),
  1,
  [],
);
ends('SIGTERM while a worker waits as well', inWorker(`say('ready');`), 'SIGTERM', ['ready'], 'SIGTERM');

ends('nothing pending: the end, with a Poller that is open and full', `poller.add(vp, EPOLLIN); vp.add(EPOLLIN); now();`, 0, []);
ends('a listener alone does not keep it alive', `poller.add(vp, EPOLLIN, { listener: () => undefined }); now();`, 0, []);
ends(
  'after ref() it does',
  `
poller.ref().add(vp, EPOLLIN, { listener: () => { say('called'); poller.delete(vp); now(); } });
setTimeout(() => vp.add(EPOLLIN), 200).unref();
`,
  0,
  ['called'],
);
ends(
  'a pending wait keeps it alive',
  `
poller.add(vp, EPOLLIN);
setTimeout(() => vp.add(EPOLLIN), 200).unref();
poller.wait().then((batch) => { say('got ' + batch.length); now(); });
`,
  0,
  ['got 1'],
);
ends(
  'so does one with a timeout, to the end of that',
  `poller.wait({ timeoutMs: 200 }).then((batch) => { say('got ' + batch.length); now(); });`,
  0,
  ['got 0'],
);
ends(
  'and a step of a watch',
  `
setTimeout(() => vp.add(EPOLLIN), 200).unref();
poller.watch(vp, EPOLLIN).next().then(({ value }) => { say('got ' + value); now(); });
`,
  0,
  ['got 1'],
);
ends(
  'and the iteration, until it is left',
  `
poller.add(vp, EPOLLIN);
setTimeout(() => vp.add(EPOLLIN), 200).unref();
let batches = 0;
for await (const batch of poller) if (++batches === 3) break;
say('left'); now();
`,
  0,
  ['left'],
);
ends(
  'not after unref()',
  `
poller.unref().add(vp, EPOLLIN);
poller.wait({ timeoutMs: 600_000 }).then(() => say('ended'));
poller.watch(VPoll.create({ backend: 'socketpair' }), EPOLLIN).next().then(() => say('stepped'));
now();
`,
  0,
  [],
);
ends(
  'unref() and ref() of a wait that is pending',
  `
poller.add(vp, EPOLLIN);
poller.wait().then((batch) => { say('got ' + batch.length); now(); });
poller.unref(); poller.ref();
setTimeout(() => vp.add(EPOLLIN), 200).unref();
`,
  0,
  ['got 1'],
);
ends(
  'an unreferenced wait works as long as something else is alive',
  `
poller.unref().add(vp, EPOLLIN);
setTimeout(() => vp.add(EPOLLIN), 100);
setTimeout(() => now(), 1000);
const [event] = await poller.wait();
say('got ' + event.events);
`,
  0,
  ['got 1'],
);
ends(
  'an aborted wait keeps nothing alive',
  `
poller.add(vp, EPOLLIN);
const controller = new AbortController();
poller.wait({ signal: controller.signal }).catch(() => { say('aborted'); now(); });
setTimeout(() => controller.abort(), 50);
`,
  0,
  ['aborted'],
);

test.run();

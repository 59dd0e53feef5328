// SPDX-License-Identifier: LGPL-2.1-or-later

// Packages of npm's, unmodified, in tasks that share what these make: none of their runs fails falsely, and a mistake of who uses them is found.
// async-mutex and p-queue are in the random programs (support/meetings.ts).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExploreOptions, Tasks } from '../../src/sim/index.js';
import { runtime } from '../support/runtime.js';
import { mqttTasks } from './support/mqtt.js';
import { exploreQuietly, quietly } from './support/simulated.js';
import { webSocketTasks } from './support/websockets.js';

/** No run of so many fails. */
async function passes(options: ExploreOptions): Promise<void> {
  const { runs, failure, said } = await exploreQuietly({ mustBeClean: true, ...options });
  if (failure) throw new Error(`${failure.kind}: ${failure.message}\n${said}`, { cause: failure.error });
  assert.is(runs, options.runs);
}

/** A mistake is found within 300 runs, and its replay fails in the same way. Without its packet or message a task waits for good, or is left alone. */
async function isFound(tasks: () => Tasks): Promise<void> {
  const { runs, failure, replay } = await exploreQuietly({ tasks, runs: 300 });
  assert.ok(failure, `not found in ${runs} runs`);
  assert.match(failure.message, /nobody will wake|the other end is gone/);
  const again = await quietly(tasks(), { replay });
  assert.is(again.failure?.kind, failure.kind);
  assert.is(again.failure?.message, failure.message);
}

test('mqtt-packet: 300 runs of a client and a broker, in pieces over a socketpair', () =>
  passes({ tasks: () => mqttTasks(false), runs: 300 }));

test('mqtt-packet: 100 runs in which calls fail and sleepers wake for nothing', () =>
  passes({
    tasks: () => mqttTasks(false),
    runs: 100,
    faults: { EAGAIN: [1, 5], EINTR: [1, 9], short: [1, 3], spurious: [1, 9] },
  }));

test('mqtt-packet: a client that forgets what comes behind a packet in the same piece is found', () =>
  isFound(() => mqttTasks(true)));

test('ws: 100 runs of a client and a server, in pieces over a Duplex', () =>
  passes({ tasks: () => webSocketTasks(), runs: 100 }));

test('ws: a server that listens too late is found', () => isFound(() => webSocketTasks({ listensLate: true })));

test('ws: compression, which zlib does in a thread, is refused by its name', async () => {
  const { failure } = await quietly(webSocketTasks({ deflates: true }));
  // Deno does it within the turn.
  if (runtime === 'deno') {
    assert.is(failure, undefined);
    return;
  }
  assert.is(failure?.kind, 'foreign');
  assert.match(failure!.message, 'it asked for zlib.createDeflateRaw()');
});

test.run();

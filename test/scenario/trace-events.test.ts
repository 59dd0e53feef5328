// SPDX-License-Identifier: LGPL-2.1-or-later

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toTraceEvents } from '../../src/scenario/trace-events.js';
import { play } from './support/scenario.js';

test('files and tasks are tracks, events and calls are slices, wake-ups are flows', async () => {
  const { stdout } = await play('a = eventfd\ntask reader\n  read a\nend\nsleep 1ms\nwrite a 1\n', '--trace');
  const { traceEvents } = toTraceEvents(stdout);
  const slices = traceEvents.filter(({ ph }) => ph === 'X');
  assert.ok(slices.every(({ ts, dur }) => ts! >= 0 && dur! >= 0));
  const read = slices.find(({ name }) => name.startsWith('read 3'));
  assert.equal([read?.pid, read?.tid, read?.ts, read?.dur], [2, 1, 0, 1000]);
  const [from, to] = traceEvents.filter(({ cat }) => cat === 'wake');
  assert.equal([from?.ph, from?.pid, from?.tid, from?.ts], ['s', 1, 1, 1000]);
  assert.equal([to?.ph, to?.pid, to?.tid, to?.id], ['f', 2, 1, from?.id]);
  assert.ok(traceEvents.some(({ ph, args }) => ph === 'M' && args?.name === '#1 eventfd, fd 3 of t0'));
});

test.run();

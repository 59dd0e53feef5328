// SPDX-License-Identifier: LGPL-2.1-or-later

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toTraceEvents, type TraceEvent } from '../../src/scenario/trace-events.js';
import { example, play, PRINTED } from './support/scenario.js';

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

/** A track, as its process and its thread. */
function trackOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}

const NESTED = 'e = epoll_create\nouter = epoll_create\na b = socketpair\nepoll_ctl e ADD a IN|ET\nepoll_ctl outer ADD e IN\n';
const WAITERS = 'task one\n  epoll_wait e forever\n  try poll outer IN 10ms\nend\ntask two\n  epoll_wait outer forever\nend\n';
const ENDS = 'sleep 1ms\nsend b 100\nsleep 1ms\nshutdown b WR\nsleep 1ms\n';

test('each example, and a run with nested epolls, keeps the rules of the format', async () => {
  const scenarios = [...Object.keys(PRINTED).map(example), `${NESTED}${WAITERS}${ENDS}`];
  let flows = 0;
  for (const scenario of scenarios) {
    const { status, stdout } = await play(scenario, '--trace', '--seed', '1');
    assert.is(status, 0);
    const { traceEvents } = JSON.parse(JSON.stringify(toTraceEvents(stdout))) as { traceEvents: TraceEvent[] };
    const timed = traceEvents.filter(({ ph }) => ph !== 'M');
    const named = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name').map(trackOf);
    assert.equal(new Set(named).size, named.length, 'a track has two names');
    for (const event of timed) assert.ok(named.includes(trackOf(event)), `${trackOf(event)} has no name`);
    for (const [index, event] of timed.entries()) assert.ok(event.ts! >= (timed[index - 1]?.ts ?? 0), 'time goes back');
    const slices = timed.filter(({ ph }) => ph === 'X');
    for (const track of named) {
      let end = 0;
      for (const { ts, dur } of slices.filter((slice) => trackOf(slice) === track)) {
        assert.ok(dur! >= 0 && ts! >= end, `slices of ${track} overlap`);
        end = ts! + dur!;
      }
    }
    for (const [index, start] of timed.entries()) {
      if (start.ph !== 's') continue;
      flows++;
      const around = timed.slice(0, index).filter((event) => event.ph === 'X' && trackOf(event) === trackOf(start));
      const last = around[around.length - 1];
      assert.ok(last && last.ts! <= start.ts! && start.ts! <= last.ts! + last.dur!, 'a flow begins outside of a slice');
      const end = timed.findIndex(({ ph, id }) => ph === 'f' && id === start.id);
      assert.ok(end > index, 'a flow has no end');
      const bound = timed.slice(end).some((event) => event.ph === 'X' && trackOf(event) === trackOf(timed[end]!));
      assert.ok(bound, 'a flow ends where no slice begins');
    }
  }
  assert.ok(flows >= 3, `${flows} flows`);
});

test.run();

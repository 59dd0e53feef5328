// SPDX-License-Identifier: LGPL-2.1-or-later

// Whatever tells a task the time tells virtual time, so that a run is the same each time; outside of tasks it is the runtime's own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kernel } from '../../src/sim/index.js';
import { runtime } from '../support/runtime.js';
import { well } from './support/simulated.js';

const BEGINNING_MS = Date.UTC(2026, 0, 1);

interface Moment {
  readonly epochMilliseconds: number;
  toString(): string;
}

/** What Temporal has of clocks, where the runtime has it: Node from 26 on. */
interface Now {
  instant(): Moment;
  zonedDateTimeISO(zone?: string): Moment;
  plainDateISO(zone?: string): object;
  plainTimeISO(zone?: string): object;
  plainDateTimeISO(zone?: string): object;
}

const { Temporal } = globalThis as { Temporal?: { Now: Now } };

/** Each clock by its name: what it says, as text. */
const CLOCKS: Readonly<Record<string, () => unknown>> = {
  Date: () => new Date().toISOString(),
  'performance.timeOrigin': () => performance.timeOrigin,
  'performance.toJSON': () => (performance.toJSON() as { timeOrigin: number }).timeOrigin,
  'performance.mark': () => performance.mark('here').startTime,
  'performance.mark with detail': () => performance.mark('here', { detail: 1 }).startTime,
  PerformanceMark: () => new PerformanceMark('here').startTime,
  'performance.measure': () => performance.measure('way').duration,
  'performance.measure from': () => {
    performance.mark('there', { startTime: 3 });
    const { startTime, duration } = performance.measure('way', 'there');
    return [startTime, duration];
  },
  'performance.measure with start': () => performance.measure('way', { start: 2, detail: 1 }).duration,
  'Event.timeStamp': () => new Event('x').timeStamp,
  'CustomEvent.timeStamp': () => new CustomEvent('x').timeStamp,
  'DateTimeFormat.format': () => new Intl.DateTimeFormat('en', { timeStyle: 'long', timeZone: 'UTC' }).format(),
  'DateTimeFormat.formatToParts': () =>
    new Intl.DateTimeFormat('en', { timeStyle: 'long', timeZone: 'UTC' }).formatToParts().map(({ value }) => value),
  ...(Temporal && {
    'Temporal.Now.instant': () => Temporal.Now.instant(),
    'Temporal.Now.zonedDateTimeISO': () => Temporal.Now.zonedDateTimeISO('UTC'),
    'Temporal.Now.zonedDateTimeISO here': () => Temporal.Now.zonedDateTimeISO().epochMilliseconds,
    'Temporal.Now.plainDateISO': () => Temporal.Now.plainDateISO('UTC'),
    'Temporal.Now.plainTimeISO': () => Temporal.Now.plainTimeISO('UTC'),
    'Temporal.Now.plainDateTimeISO': () => Temporal.Now.plainDateTimeISO('UTC'),
  }),
};

/** What each says after 1,500 ms of a run. */
const SAID: Readonly<Record<string, unknown>> = {
  Date: '2026-01-01T00:00:01.500Z',
  'performance.timeOrigin': BEGINNING_MS,
  'performance.toJSON': BEGINNING_MS,
  'performance.mark': 1500,
  'performance.mark with detail': 1500,
  PerformanceMark: 1500,
  'performance.measure': 1500,
  'performance.measure from': [3, 1497],
  'performance.measure with start': 1498,
  'Event.timeStamp': 1500,
  'CustomEvent.timeStamp': 1500,
  'DateTimeFormat.format': '12:00:01 AM UTC',
  'DateTimeFormat.formatToParts': ['12', ':', '00', ':', '01', ' ', 'AM', ' ', 'UTC'],
  'Temporal.Now.instant': '2026-01-01T00:00:01.5Z',
  'Temporal.Now.zonedDateTimeISO': '2026-01-01T00:00:01.5+00:00[UTC]',
  'Temporal.Now.zonedDateTimeISO here': BEGINNING_MS + 1500,
  'Temporal.Now.plainDateISO': '2026-01-01',
  'Temporal.Now.plainTimeISO': '00:00:01.5',
  'Temporal.Now.plainDateTimeISO': '2026-01-01T00:00:01.5',
};

/** Numbers, texts and lists as they are; blanks of every width as one blank. */
function plain(said: unknown): unknown {
  if (Array.isArray(said)) return said.map(plain);
  return typeof said === 'number' ? said : String(said).replace(/\s/g, ' ');
}

test('every clock of a task tells virtual time', async () => {
  const main = async ({ sleep }: Kernel): Promise<void> => {
    await sleep(1500);
    const wrong = Object.entries(CLOCKS).flatMap(([name, ask]) => {
      const said = JSON.stringify(plain(ask()));
      return said === JSON.stringify(SAID[name]) ? [] : [`${name}: ${said}`];
    });
    assert.equal(wrong, []);
  };
  await well({ main });
});

test('an event keeps its time, and an abort has one', async () => {
  const main = async ({ sleep }: Kernel): Promise<void> => {
    const controller = new AbortController();
    let event: Event | undefined;
    controller.signal.addEventListener('abort', (each) => {
      event = each;
      assert.is(each.timeStamp, 10);
    });
    await sleep(10);
    controller.abort();
    await sleep(10);
    assert.is(event?.timeStamp, 10);
  };
  await well({ main });
});

test("outside of tasks they are the runtime's own", async () => {
  await well({ main: () => undefined });
  const origin = performance.timeOrigin;
  assert.ok(Math.abs(origin + performance.now() - Date.now()) < 60_000);
  assert.is((performance.toJSON() as { timeOrigin: number }).timeOrigin, origin);
  assert.ok(performance.mark('here').startTime > 0);
  assert.ok(performance.measure('way').duration > 0);
  // Bun 1.4 and Deno 2.9 say 0, always.
  if (runtime === 'node') assert.ok(new Event('x').timeStamp > 0);
  const format = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: 'UTC' });
  assert.is(format.format(0), '1970');
  assert.is(format.format, format.format);
  assert.is(format.format(), String(new Date().getUTCFullYear()));
  if (Temporal) assert.ok(Math.abs(Temporal.Now.instant().epochMilliseconds - Date.now()) < 60_000);
});

test.run();

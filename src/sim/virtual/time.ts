// SPDX-License-Identifier: LGPL-2.1-or-later

// The clocks of a task: Date, performance, Temporal.Now and what else says what time it is tell virtual time.

import { builtin } from '../../../host/builtin.js';
import { inside, type Inside } from './inside.js';
import { replace, replaceRead, standInFor, type Instead } from './replace.js';

/** When each run begins: 2026-01-01T00:00:00Z. Not 0, which a program may take for no time at all. */
const BEGINNING_MS = 1_767_225_600_000;

const { Date: RealDate } = globalThis;

function dateMs(task: Inside): number {
  return BEGINNING_MS + Math.floor(task.nowMs());
}

const DATE: Instead = {
  // Without `new` it is a text, whatever the arguments are.
  call: (task) => new RealDate(dateMs(task)).toString(),
  construct: (task, args) => (args.length === 0 ? [dateMs(task)] : args),
};

function toPair(ms: number, before: unknown): [number, number] {
  const ns = Math.round(ms * 1e6);
  const pair: [number, number] = [Math.floor(ns / 1e9), ns % 1e9];
  if (!Array.isArray(before)) return pair;
  const [s = 0, rest = 0] = before as number[];
  const isLess = pair[1] < rest;
  return [pair[0] - s - (isLess ? 1 : 0), pair[1] - rest + (isLess ? 1e9 : 0)];
}

/** What Temporal has of them; no library of TypeScript 6 knows it. */
interface Zoned {
  toPlainDate(): unknown;
  toPlainTime(): unknown;
  toPlainDateTime(): unknown;
}

interface TemporalLike {
  Now: Record<string, unknown> & { timeZoneId(): string };
  Instant: { fromEpochNanoseconds(ns: bigint): { toZonedDateTimeISO(zone: unknown): Zoned } };
}

function replaceTemporal({ Now, Instant }: TemporalLike): void {
  const instant = (task: Inside): ReturnType<typeof Instant.fromEpochNanoseconds> =>
    Instant.fromEpochNanoseconds(BigInt(BEGINNING_MS) * 1_000_000n + BigInt(Math.round(task.nowMs() * 1e6)));
  const zoned = (task: Inside, zone: unknown): Zoned => instant(task).toZonedDateTimeISO(zone ?? Now.timeZoneId());
  replace(Now, 'instant', { call: instant });
  replace(Now, 'zonedDateTimeISO', { call: (task, [zone]) => zoned(task, zone) });
  replace(Now, 'plainDateISO', { call: (task, [zone]) => zoned(task, zone).toPlainDate() });
  replace(Now, 'plainTimeISO', { call: (task, [zone]) => zoned(task, zone).toPlainTime() });
  replace(Now, 'plainDateTimeISO', { call: (task, [zone]) => zoned(task, zone).toPlainDateTime() });
}

interface Marked {
  readonly start?: unknown;
  readonly end?: unknown;
  readonly duration?: unknown;
}

/** What performance.measure() is given: without an end it measures until now. */
function measured(task: Inside, [name, from, to, ...rest]: unknown[]): unknown[] {
  if (to !== undefined) return [name, from, to, ...rest];
  const end = task.nowMs();
  if (typeof from !== 'object' || from === null) return [name, { start: from ?? 0, end }, ...rest];
  const { start, end: asked, duration } = from as Marked;
  const isOpen = start !== undefined && asked === undefined && duration === undefined;
  return [name, isOpen ? { ...from, end } : from, ...rest];
}

function replacePerformance({ performance }: typeof globalThis): void {
  const mark: Instead['callWith'] = (task, [name, options = {}, ...rest]) =>
    typeof options === 'object' ? [name, { startTime: task.nowMs(), ...options }, ...rest] : [name, options, ...rest];
  replace(performance, 'now', { call: (task) => task.nowMs() });
  replace(performance, 'mark', { callWith: mark });
  replace(globalThis, 'PerformanceMark', { construct: mark });
  replace(performance, 'measure', { callWith: measured });
  replace(performance, 'toJSON', {
    call: (_task, _args, original) => ({ ...(original() as object), timeOrigin: BEGINNING_MS }),
  });
  replaceRead(performance, 'timeOrigin', (_self, real) => (inside() ? BEGINNING_MS : real));
}

/** Events as a task has met them first: a runtime makes many by itself, and hands them on at once. */
const met = new WeakMap<object, number>();

function timeOf(event: object, real: unknown): unknown {
  const task = inside();
  if (task && !met.has(event)) met.set(event, task.nowMs());
  return met.get(event) ?? real;
}

type Format = (date?: unknown) => string;

/** A format that is given no date formats now. */
function replaceFormats({ DateTimeFormat: { prototype } }: typeof Intl): void {
  const formats = new WeakMap<Format, Format>();
  replaceRead(prototype, 'format', (_self, found) => {
    const original = found as Format;
    let made = formats.get(original);
    if (!made) {
      made = (date) => {
        const task = date === undefined ? inside() : undefined;
        return original(task ? dateMs(task) : date);
      };
      formats.set(original, made);
    }
    return made;
  });
  replace(prototype, 'formatToParts', { callWith: (task, [date, ...rest]) => [date ?? dateMs(task), ...rest] });
}

export function replaceClocks(): void {
  replace(RealDate, 'now', { call: dateMs });
  const VirtualDate = standInFor(RealDate, DATE) as unknown as DateConstructor;
  replace(globalThis, 'Date', DATE);
  // So that `new Date().constructor` is Date.
  RealDate.prototype.constructor = VirtualDate;
  replacePerformance(globalThis);
  replaceFormats(Intl);
  replaceRead(Event.prototype, 'timeStamp', timeOf);
  const { Temporal } = globalThis as { Temporal?: TemporalLike };
  if (Temporal) replaceTemporal(Temporal);
  const { process } = globalThis as { process?: NodeJS.Process };
  if (!process || !builtin('node:async_hooks')) return;
  replace(process.hrtime, 'bigint', { call: (task) => BigInt(Math.round(task.nowMs() * 1e6)) });
  replace(process, 'hrtime', { call: (task, [before]) => toPair(task.nowMs(), before) });
  replace(process, 'uptime', { call: (task) => task.nowMs() / 1000 });
}

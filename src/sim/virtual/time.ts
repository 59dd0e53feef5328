// SPDX-License-Identifier: LGPL-2.1-or-later

// The clocks of a task: Date, performance.now() and its like tell virtual time.

import { builtin } from '../../../host/builtin.js';
import type { Inside } from './inside.js';
import { replace, standInFor, type Instead } from './replace.js';

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

export function replaceClocks(): void {
  replace(RealDate, 'now', { call: dateMs });
  const VirtualDate = standInFor(RealDate, DATE) as unknown as DateConstructor;
  replace(globalThis, 'Date', DATE);
  // So that `new Date().constructor` is Date.
  RealDate.prototype.constructor = VirtualDate;
  replace(globalThis.performance, 'now', { call: (task) => task.nowMs() });
  const { process } = globalThis as { process?: NodeJS.Process };
  if (!process || !builtin('node:async_hooks')) return;
  replace(process.hrtime, 'bigint', { call: (task) => BigInt(Math.round(task.nowMs() * 1e6)) });
  replace(process, 'hrtime', { call: (task, [before]) => toPair(task.nowMs(), before) });
  replace(process, 'uptime', { call: (task) => task.nowMs() / 1000 });
}

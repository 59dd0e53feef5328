// SPDX-License-Identifier: LGPL-2.1-or-later

// Examines a backend by using it: every bit is asserted, looked at by independent pollers, taken away, and asserted again. Nothing here knows
// what a backend is supposed to do.

import {
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDNORM,
  EPOLLWRBAND,
  EPOLLWRNORM,
  VPOLL_CTL_ADDEVENTS as ADD,
  VPOLL_CTL_DELEVENTS as DEL,
  VPOLL_EVENTS,
} from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { formatEvents } from '../events.js';
import type { BitReport, Bench } from './types.js';

/** The eleven bits, lowest first. */
export const BITS: readonly number[] = Array.from({ length: 14 }, (_, n) => 1 << n).filter((bit) => (bit & VPOLL_EVENTS) !== 0);
/** What the kernel shows with IN and OUT on a socket: no program is misled by it (unix_poll(), tcp_poll()). */
const IN_ALIASES = EPOLLRDNORM;
const OUT_ALIASES = EPOLLWRNORM | EPOLLWRBAND;
const WAKES = 15;
const CHANGES = 400;

function withoutAliases(shown: number, bit: number): number {
  if (bit === EPOLLIN) return shown & ~IN_ALIASES;
  return bit === EPOLLOUT ? shown & ~OUT_ALIASES : shown;
}

/** Whether what is shown is this bit alone. */
function isAlone(shown: number, bit: number): boolean {
  return withoutAliases(shown, bit) === bit;
}

interface Levels extends Pick<BitReport, 'exact' | 'reversible'> {
  /** Whether any poller sees the bit at all. */
  isSeen: boolean;
}

function examineLevels(bench: Bench, fd: number, bit: number): Levels {
  bench.ctl(fd, ADD, bit);
  const shown = bench.poll(fd);
  const level = bench.level(fd, VPOLL_EVENTS);
  const exact = isAlone(shown, bit) && isAlone(level, bit);
  // What came with it has to go too: a program takes away what it was told.
  bench.ctl(fd, DEL, shown);
  const isGone = bench.poll(fd) === 0 && bench.level(fd, VPOLL_EVENTS) === 0;
  bench.ctl(fd, ADD, bit);
  const isBack = (bench.poll(fd) & bit) !== 0 && bench.poll(fd) === shown;
  bench.ctl(fd, DEL, shown);
  return { exact, reversible: (shown & bit) !== 0 && isGone && isBack, isSeen: ((shown | level) & bit) !== 0 };
}

/** A vpoll of its own for each question: what is final on one must not spoil the next. */
async function withFresh<T>(bench: Bench, backend: number, use: (fd: number) => T | Promise<T>): Promise<T> {
  const fd = bench.create(backend);
  if (fd < 0) throw new VPollError(errnoName(-fd), 'vpoll_create');
  try {
    return await use(fd);
  } finally {
    bench.close(fd);
  }
}

async function examineBit(bench: Bench, backend: number, bit: number): Promise<BitReport> {
  const { isSeen, ...levels } = await withFresh(bench, backend, (fd) => examineLevels(bench, fd, bit));
  // What nobody sees is not waited for.
  if (!isSeen) return { ...levels, wakes: false, edge: false };
  const edge = await withFresh(bench, backend, (fd) => {
    const add = (): void => void bench.ctl(fd, ADD, bit);
    return bench.edges(fd, bit, [add, add]).every((events) => (events & bit) !== 0);
  });
  const { events } = await withFresh(bench, backend, (fd) => bench.wake(fd, bit, () => void bench.ctl(fd, ADD, bit)));
  return { ...levels, wakes: (events & bit) !== 0, edge };
}

/** Is told of each error that kept something from being measured. */
export type Failed = (error: unknown) => void;

function rethrow(error: unknown): never {
  throw error;
}

/** The bits of a backend that is here, by name: all that could be examined. */
export async function examine(bench: Bench, backend: number, failed: Failed = rethrow): Promise<Record<string, BitReport>> {
  const found: Record<string, BitReport> = {};
  for (const bit of BITS) {
    try {
      found[formatEvents(bit)] = await examineBit(bench, backend, bit);
    } catch (error) {
      failed(error);
    }
  }
  return found;
}

function medianOf(values: number[]): number {
  return Math.round(values.sort((a, b) => a - b)[values.length >> 1]!);
}

function measureChange(bench: Bench, fd: number): number {
  const changes: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const began = process.hrtime.bigint();
    bench.ctl(fd, ADD, EPOLLIN);
    bench.ctl(fd, DEL, EPOLLIN);
    changes.push(Number(process.hrtime.bigint() - began) / 2);
  }
  return medianOf(changes);
}

async function measureWake(bench: Bench, fd: number): Promise<number | null> {
  const wakes: number[] = [];
  for (let i = 0; i < WAKES; i++) {
    const { events, ns } = await bench.wake(fd, EPOLLIN, () => void bench.ctl(fd, ADD, EPOLLIN));
    bench.ctl(fd, DEL, EPOLLIN);
    if (events & EPOLLIN) wakes.push(ns);
  }
  return wakes.length > 0 ? medianOf(wakes) : null;
}

/** What a change of IN and a wake-up by it cost, in nanoseconds: medians; null where that could not be measured. */
export async function measure(
  bench: Bench,
  backend: number,
  failed: Failed,
): Promise<{ ctl_ns: number | null; wake_ns: number | null }> {
  const found: { ctl_ns: number | null; wake_ns: number | null } = { ctl_ns: null, wake_ns: null };
  try {
    await withFresh(bench, backend, async (fd) => {
      found.ctl_ns = measureChange(bench, fd);
      found.wake_ns = await measureWake(bench, fd);
    });
  } catch (error) {
    failed(error);
  }
  return found;
}

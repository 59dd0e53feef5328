// SPDX-License-Identifier: LGPL-2.1-or-later

// Checks what callers give to a kernel's functions and files, all of it, before anything is done.

import { SHUT_RD, SHUT_RDWR, SHUT_WR } from '../../host/abi.js';
import { describe, invalid } from '../events.js';
import { PIECE_MAX } from './ground.js';
import type { EventfdOptions } from './types.js';

/** About 31 years; 64 bits of nanoseconds have room for twenty times that. */
const TIME_MS_MAX = 1e12;
/** What an eventfd may hold is below. */
const COUNT_END = 2n ** 64n - 1n;
const UINT_MAX = 0xffffffff;
const HOWS: Readonly<Record<string, number>> = { read: SHUT_RD, write: SHUT_WR, both: SHUT_RDWR };

/** How many bytes a call reads. */
export function toSize(maxBytes: unknown, syscall: string): number {
  if (maxBytes === undefined) return PIECE_MAX;
  if (typeof maxBytes !== 'number' || !Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw invalid(syscall, `maxBytes must be an integer from 1 on, not ${describe(maxBytes)}`);
  }
  return Math.min(maxBytes, PIECE_MAX);
}

/** What a call writes: as much as it moves at once. */
export function toData(data: unknown, syscall: string): Uint8Array {
  if (!(data instanceof Uint8Array)) throw invalid(syscall, `data must be a Uint8Array, not ${describe(data)}`);
  return data.subarray(0, PIECE_MAX);
}

export function toHow(how: unknown, syscall: string): number {
  if (typeof how === 'string' && Object.hasOwn(HOWS, how)) return HOWS[how]!;
  throw invalid(syscall, `how must be 'read', 'write' or 'both', not ${describe(how)}`);
}

/** What is added to an eventfd. */
export function toCount(count: unknown, syscall: string): bigint {
  const isNumber = typeof count === 'number' && Number.isSafeInteger(count);
  const value = typeof count === 'bigint' ? count : isNumber ? BigInt(count) : -1n;
  if (value >= 0n && value < COUNT_END) return value;
  throw invalid(syscall, `count must be a bigint from 0 to 2**64 - 2, or a safe integer, not ${describe(count)}`);
}

/** The options of eventfd, with what isn't given. */
export function toEventfd(options: unknown): Required<{ [K in keyof EventfdOptions]: NonNullable<EventfdOptions[K]> }> {
  const syscall = 'kernel_eventfd';
  if (options === undefined) return { count: 0, semaphore: false };
  if (typeof options !== 'object' || options === null) {
    throw invalid(syscall, `options must be an object, not ${describe(options)}`);
  }
  const unknown = Object.keys(options).find((key) => key !== 'count' && key !== 'semaphore');
  if (unknown !== undefined) throw invalid(syscall, `there is no option ${describe(unknown)} (count, semaphore)`);
  const { count = 0, semaphore = false } = options as Record<string, unknown>;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > UINT_MAX) {
    throw invalid(syscall, `count must be an integer from 0 to ${UINT_MAX}, not ${describe(count)}`);
  }
  if (typeof semaphore !== 'boolean') throw invalid(syscall, `semaphore must be true or false, not ${describe(semaphore)}`);
  return { count, semaphore };
}

/** A time of a timerfd. One that isn't 0 takes a nanosecond at least: 0 would disarm it. */
export function toTime_ns(ms: unknown, name: string, syscall: string): bigint {
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= TIME_MS_MAX)) {
    throw invalid(syscall, `${name} must be 0 to ${TIME_MS_MAX} milliseconds, not ${describe(ms)}`);
  }
  const whole_ms = Math.floor(ms);
  const ns = BigInt(whole_ms) * 1_000_000n + BigInt(Math.round((ms - whole_ms) * 1e6));
  return ms > 0 && ns === 0n ? 1n : ns;
}

/** How long to sleep, in milliseconds: what has passed already is 0. */
export function toDelay(ms: unknown): number {
  if (typeof ms === 'number' && ms <= TIME_MS_MAX) return Math.max(ms, 0);
  throw invalid('kernel_sleep', `ms must be a number of at most ${TIME_MS_MAX} milliseconds, not ${describe(ms)}`);
}

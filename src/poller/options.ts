// SPDX-License-Identifier: LGPL-2.1-or-later

// Checks what callers give, all of it, before anything is done.

import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP, VPOLL_EVENTS } from '../constants.js';
import { describe, formatEvents, invalid, toEvents } from '../events.js';
import type { PollChanges, PollListener, PollOptions, WaitOptions, WatchOptions } from './types.js';

const MAX_DEFAULT = 1024;
const MAX_LIMIT = 65536;
/** The most that setTimeout takes. */
const TIMEOUT_MS_LIMIT = 0x7fffffff;

function asObject(options: unknown, syscall: string, keys: readonly string[]): Record<string, unknown> {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw invalid(syscall, `options must be an object, not ${describe(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(syscall, `there is no option ${describe(unknown)} (${keys.join(', ')})`);
  return options as Record<string, unknown>;
}

function flag(value: unknown, name: string, syscall: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(syscall, `${name} must be true or false, not ${describe(value)}`);
}

function toSignal(signal: unknown, syscall: string): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalid(syscall, `signal must be an AbortSignal, not ${describe(signal)}`);
}

function toListener(listener: unknown, syscall: string): PollListener | undefined {
  if (listener === undefined || typeof listener === 'function') return listener as PollListener | undefined;
  throw invalid(syscall, `listener must be a function, not ${describe(listener)}`);
}

/** The options that stand among the events in C, and how they are said here. */
export const OPTION_BITS = [
  [EPOLLET, 'edge'],
  [EPOLLONESHOT, 'oneshot'],
  [EPOLLEXCLUSIVE, 'exclusive'],
] as const;

/** The events to watch for. 0 is a mask too: ERR and HUP always come. */
export function toInterest(events: unknown, syscall: string): number {
  const mask = toEvents(events, syscall);
  const foreign = (mask & ~VPOLL_EVENTS) >>> 0;
  if (foreign === 0) return mask;
  const option = OPTION_BITS.find(([bit]) => foreign & bit);
  if (option) throw invalid(syscall, `${formatEvents(option[0])} is an option, not an event: say { ${option[1]}: true }`);
  if (foreign & EPOLLWAKEUP) throw invalid(syscall, 'WAKEUP is for what may keep the system from sleeping, which this may not');
  throw invalid(syscall, `${formatEvents(foreign)} can't be watched for (${formatEvents(VPOLL_EVENTS)} can)`);
}

/** {@link PollOptions} with its defaults. */
export interface Wanted {
  /** Options of epoll_ctl(2). */
  bits: number;
  data: unknown;
  listener: PollListener | undefined;
}

/** The options of add. */
export function toWanted(options: PollOptions | undefined): Wanted {
  const given = asObject(options, 'poller_add', ['edge', 'oneshot', 'exclusive', 'data', 'listener']);
  const bit = (name: string, value: number): number => (flag(given[name], name, 'poller_add') ? value : 0);
  const bits = bit('edge', EPOLLET) | bit('oneshot', EPOLLONESHOT) | bit('exclusive', EPOLLEXCLUSIVE);
  return { bits, data: given.data, listener: toListener(given.listener, 'poller_add') };
}

/** What modify makes of what there was: only what was given changes. */
export function toChanged(options: PollChanges | undefined, before: Wanted): Wanted {
  const given = asObject(options, 'poller_modify', ['edge', 'oneshot', 'data', 'listener']);
  const bit = (name: string, value: number): number =>
    (flag(given[name], name, 'poller_modify') ?? Boolean(before.bits & value)) ? value : 0;
  const bits = bit('edge', EPOLLET) | bit('oneshot', EPOLLONESHOT) | (before.bits & EPOLLEXCLUSIVE);
  const listener = toListener(given.listener, 'poller_modify');
  if (listener && !before.listener) {
    throw invalid('poller_modify', 'it was added without a listener: delete it, and add it with one');
  }
  return { bits, data: given.data === undefined ? before.data : given.data, listener: listener ?? before.listener };
}

/** The options of wait. `timeoutMs` is -1 for none. */
export function toWait(options: WaitOptions | undefined): { timeoutMs: number; signal: AbortSignal | undefined; max: number } {
  const given = asObject(options, 'poller_wait', ['timeoutMs', 'signal', 'max']);
  const { timeoutMs = Infinity, max = MAX_DEFAULT } = given;
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0) || (timeoutMs > TIMEOUT_MS_LIMIT && timeoutMs !== Infinity)) {
    const range = `0 to ${TIMEOUT_MS_LIMIT} milliseconds, or Infinity`;
    throw invalid('poller_wait', `timeoutMs must be ${range}, not ${describe(timeoutMs)}`);
  }
  if (typeof max !== 'number' || !Number.isInteger(max) || max < 1 || max > MAX_LIMIT) {
    throw invalid('poller_wait', `max must be an integer from 1 to ${MAX_LIMIT}, not ${describe(max)}`);
  }
  return { timeoutMs: timeoutMs === Infinity ? -1 : timeoutMs, signal: toSignal(given.signal, 'poller_wait'), max };
}

/** The options of watch. */
export function toWatch(options: WatchOptions | undefined): { bits: number; isEdge: boolean; signal: AbortSignal | undefined } {
  const given = asObject(options, 'poller_watch', ['edge', 'signal']);
  const isEdge = flag(given.edge, 'edge', 'poller_watch') ?? false;
  return { bits: isEdge ? EPOLLET : EPOLLONESHOT, isEdge, signal: toSignal(given.signal, 'poller_watch') };
}

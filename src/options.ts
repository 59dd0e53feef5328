// SPDX-License-Identifier: LGPL-2.1-or-later
import { BACKENDS, CLOSEST, EXCLUSIVE, PASSING, type BackendName } from './backends.js';
import { EFD_CLOEXEC, EFD_NONBLOCK, VPOLL_EVENTS } from './constants.js';
import { describe, formatEvents, invalid, parseEvents, toMask } from './events.js';

/** How to treat a mask that the backend can't show exactly, see {@link VPollOptions.policy}. */
export type Policy = 'strict' | 'closest';

/** What {@link VPoll.create} takes. Anything else in the object is an error (EINVAL), so a slip of the pen is noticed. */
export interface VPollOptions {
  /** The events asserted from the start, of {@link VPOLL_EVENTS}. Default 0. */
  events?: number | undefined;
  /** Close the descriptor (and what belongs to it) on execve(2). Default true. */
  cloexec?: boolean | undefined;
  /** Set O_NONBLOCK on the open file. It changes nothing about events. Default false. */
  nonblock?: boolean | undefined;
  /**
   * Use this backend and no other. Default: what the environment's VPOLL_BACKEND says, else `'auto'`: the first of eventfd, device,
   * socketpair that this machine has, whatever the policy; `needs` may choose another.
   */
  backend?: BackendName | 'auto' | undefined;
  /**
   * Bits of which every subset must be possible: shown, entered and left again. The first of eventfd, device, socketpair, tcp and
   * fuse that can is taken; EOPNOTSUPP where none here can. Default: what the environment's VPOLL_NEEDS says (as {@link parseEvents} reads it), else 0.
   */
  needs?: number | undefined;
  /**
   * What happens to a mask that can't be shown exactly (aliases aside): `'strict'`, the default, refuses it with EOPNOTSUPP;
   * `'closest'` shows the nearest one that can be shown from the present state (docs/carriers.md), as the C library does.
   */
  policy?: Policy | undefined;
  /**
   * Let a change on tcp go through a bit that was not asked for. Then HUP can be shown by itself, and HUP and RDHUP be taken away again; for a
   * moment a waiter may see ERR, HUP or OUT, and programs give up a descriptor that shows them (libuv does, after ERR). On other backends it changes nothing. Default false.
   */
  passing?: boolean | undefined;
  /**
   * A promise that nobody else controls this vpoll: no other process, and nothing but this object. Then the mask is remembered, and
   * a change that changes nothing costs no system call. Default false.
   */
  exclusive?: boolean | undefined;
}

/**
 * The same as the core wants it.
 *
 * @internal
 */
export interface CoreOptions {
  backend: number;
  events: number;
  fdFlags: number;
  options: number;
  needs: number;
}

const KEYS = new Set(['events', 'cloexec', 'nonblock', 'backend', 'needs', 'policy', 'passing', 'exclusive']);
const SYSCALL = 'vpoll_create';

/** Looks up a variable of the environment. */
type Environment = (name: string) => string | undefined;

/** A mask of events that can be asserted. */
export function settable(events: unknown, what: string, syscall: string): number {
  // What nearly every call gives: an unsigned integer of these bits.
  if (typeof events === 'number' && events >>> 0 === events && (events & ~VPOLL_EVENTS) === 0) return events;
  const mask = toMask(events, syscall);
  const foreign = (mask & ~VPOLL_EVENTS) >>> 0;
  if (foreign === 0) return mask;
  throw invalid(syscall, `${formatEvents(foreign)} in ${what} can't be asserted (${formatEvents(VPOLL_EVENTS)} can)`);
}

function flag(value: unknown, name: string, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value !== 'boolean') throw invalid(SYSCALL, `${name} must be true or false, not ${describe(value)}`);
  return value;
}

function toBackend(name: unknown, environment: Environment): number {
  const fromEnvironment = name === undefined ? environment('VPOLL_BACKEND') : undefined;
  const wanted = name === undefined ? fromEnvironment || 'auto' : name;
  const number = (BACKENDS as readonly unknown[]).indexOf(wanted);
  if (number >= 0) return number;
  const what = fromEnvironment === undefined ? 'backend' : 'VPOLL_BACKEND in the environment';
  throw invalid(SYSCALL, `${what} must be one of ${BACKENDS.join(', ')}, not ${describe(wanted)}`);
}

function toNeeds(needs: unknown, environment: Environment): number {
  if (needs !== undefined) return settable(needs, 'needs', SYSCALL);
  const text = environment('VPOLL_NEEDS');
  if (!text) return 0;
  try {
    return settable(parseEvents(text), 'VPOLL_NEEDS in the environment', SYSCALL);
  } catch (error) {
    throw invalid(SYSCALL, `VPOLL_NEEDS in the environment: ${(error as Error).message}`);
  }
}

function toPolicy(policy: unknown): number {
  if (policy === undefined || policy === 'strict') return 0;
  if (policy === 'closest') return CLOSEST;
  throw invalid(SYSCALL, `policy must be 'strict' or 'closest', not ${describe(policy)}`);
}

/**
 * Checks the options of create, all of them, before anything is opened. What isn't given, `environment` may say.
 *
 * @internal
 */
export function checkOptions(options: VPollOptions | null = {}, environment: Environment): CoreOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalid(SYSCALL, `options must be an object, not ${describe(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !KEYS.has(key));
  if (unknown !== undefined) throw invalid(SYSCALL, `there is no option ${describe(unknown)} (${[...KEYS].join(', ')})`);
  const cloexec = flag(options.cloexec, 'cloexec', true) ? EFD_CLOEXEC : 0;
  const nonblock = flag(options.nonblock, 'nonblock', false) ? EFD_NONBLOCK : 0;
  const exclusive = flag(options.exclusive, 'exclusive', false) ? EXCLUSIVE : 0;
  const passing = flag(options.passing, 'passing', false) ? PASSING : 0;
  return {
    backend: toBackend(options.backend, environment),
    events: settable(options.events === undefined ? 0 : options.events, 'events', SYSCALL),
    fdFlags: cloexec | nonblock,
    options: toPolicy(options.policy) | exclusive | passing,
    needs: toNeeds(options.needs, environment),
  };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
import { BACKENDS, CLOSEST, EXCLUSIVE, PASSING, SEED_ORDER, type BackendName } from './backends.js';
import { EFD_CLOEXEC, EFD_NONBLOCK, VPOLL_EVENTS } from './constants.js';
import { describe, formatEvents, invalid, parseEvents, toEvents, type Events } from './events.js';
import { toWord } from './fuse/variable.js';

/** How to treat a mask that the backend can't show exactly, see {@link VPollOptions.policy}. */
export type Policy = 'strict' | 'closest';

/** Which backends are tried, and in which order, see {@link VPollOptions.order}. */
export type Order = 'truest' | 'seed';

/** What {@link VPoll.create} takes. Anything else in the object is an error (EINVAL), so a slip of the pen is noticed. */
export interface VPollOptions {
  /** The events asserted from the start, of {@link VPOLL_EVENTS}. Default 0. */
  events?: Events | undefined;
  /** Close the descriptor (and what belongs to it) on execve(2). Default true. */
  cloexec?: boolean | undefined;
  /** Set O_NONBLOCK on the open file. It changes nothing about events. Default false. */
  nonblock?: boolean | undefined;
  /**
   * Use this backend and no other. Default: what the environment's VPOLL_BACKEND says, else `'auto'`: the first of eventfd, device, fuse, tcp and socketpair that this machine has, whatever the policy: the truest. A helper of `'fuse'` is started only where it is harmless; `needs` may choose another.
   */
  backend?: BackendName | 'auto' | undefined;
  /**
   * Bits of which every subset must be possible: shown, entered and left again. The first of eventfd, device, socketpair, tcp and
   * fuse that can is taken; EOPNOTSUPP where none here can. Default: what the environment's VPOLL_NEEDS says (as {@link parseEvents} reads it), else 0.
   */
  needs?: Events | undefined;
  /**
   * Which backends are tried where none is named: `'truest'` is as said there, `'seed'` is eventfd, device and socketpair, those of libvpoll 0.1. With it no process is ever
   * started. Default: `'truest'`, or where neither `backend` nor `needs` is given what the environment's VPOLL_ORDER says.
   */
  order?: Order | undefined;
  /**
   * What happens to a mask that can't be shown exactly. Aliases of its bits may come with it. `'strict'`, the default,
   * refuses it with EOPNOTSUPP; `'closest'` shows the nearest one that can be shown from the present state
   * (docs/carriers.md), as the C library does.
   */
  policy?: Policy | undefined;
  /**
   * Let a change on tcp go through a bit that was not asked for. Then HUP can be shown by itself, and HUP and RDHUP be taken away again. For a moment a waiter may see ERR,
   * HUP or OUT. Some programs give up a descriptor that shows them (libuv does, after ERR). On other backends it changes nothing. Default false.
   */
  passing?: boolean | undefined;
  /**
   * A promise that nobody else controls this vpoll: no other process, and nothing but this object. Then the mask is remembered, and
   * a change that changes nothing costs no system call. Default false.
   */
  exclusive?: boolean | undefined;
}

/** The same as the core wants it. */
export interface CoreOptions {
  backend: number;
  events: number;
  fdFlags: number;
  options: number;
  needs: number;
}

const KEYS = new Set(['events', 'cloexec', 'nonblock', 'backend', 'needs', 'order', 'policy', 'passing', 'exclusive']);
const SYSCALL = 'vpoll_create';
const AUTO = BACKENDS.indexOf('auto');
const FUSE = BACKENDS.indexOf('fuse');

/** Looks up a variable of the environment. */
export type Environment = (name: string) => string | undefined;

/** A mask of events that can be asserted. */
export function settable(events: unknown, what: string, syscall: string): number {
  // What nearly every call gives: an unsigned integer of these bits.
  if (typeof events === 'number' && events >>> 0 === events && (events & ~VPOLL_EVENTS) === 0) return events;
  const mask = toEvents(events, syscall);
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

const ORDERS: readonly unknown[] = ['truest', 'seed'] satisfies Order[];

/** The environment has no say where the program itself chooses. */
function toOrder({ order, backend, needs }: VPollOptions, environment: Environment): number {
  const isAsked = order === undefined && backend === undefined && needs === undefined;
  const fromEnvironment = isAsked ? environment('VPOLL_ORDER') : undefined;
  const place = ORDERS.indexOf(isAsked ? fromEnvironment || 'truest' : (order ?? 'truest'));
  if (place >= 0) return place === 0 ? 0 : SEED_ORDER;
  const what = isAsked ? 'VPOLL_ORDER in the environment' : 'order';
  throw invalid(SYSCALL, `${what} must be ${ORDERS.join(' or ')}, not ${describe(isAsked ? fromEnvironment : order)}`);
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
  const backend = toBackend(options.backend, environment);
  // On the others it has no say.
  if (backend === AUTO || backend === FUSE) toWord(environment('VPOLL_FUSE'), SYSCALL);
  return {
    backend,
    events: settable(options.events === undefined ? 0 : options.events, 'events', SYSCALL),
    fdFlags: cloexec | nonblock,
    options: toPolicy(options.policy) | toOrder(options, environment) | exclusive | passing,
    needs: toNeeds(options.needs, environment),
  };
}

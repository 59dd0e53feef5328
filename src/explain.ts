// SPDX-License-Identifier: LGPL-2.1-or-later

// What an error says beyond its code: which descriptor, which mask, and what to do.

import { BACKENDS, BY_COST, BY_SEED, CLOSEST, EXCLUSIVE, LIMITS, PASSING, SEED_ORDER, type BackendName } from './backends.js';
import { EPOLLHUP, EPOLLRDHUP, VPOLL_CTL_DELEVENTS, VPOLL_EVENTS } from './constants.js';
import type { CoreCalls } from './core-calls.js';
import { backendOf, flagsOf } from './entry.js';
import type { ErrorCode } from './errors.js';
import { formatEvents } from './events.js';
import type { CoreOptions } from './options.js';

/** Which backends a kernel has, this one or a simulated one. */
export interface Surroundings {
  /** Whether it has this one now: found out by a look that leaves the core as it is. */
  readonly isHere: (name: BackendName) => boolean;
  /** Why it hasn't, and how to get it. */
  readonly why: (name: BackendName) => string;
  /** Why one that is here is not taken by itself, if so. */
  readonly whyUnasked: (name: BackendName) => string | undefined;
}

/** What an error is told of: by the core, and of what is around it. */
export interface Told {
  readonly core: CoreCalls;
  readonly around: Surroundings;
}

/** A line for each backend, so that a person finds the one that can be had. */
function lines(names: readonly BackendName[], say: (name: BackendName) => string): string {
  return names.map((name) => `\n  ${name}: ${say(name)}`).join('');
}

/** The other backends that could do `mask`: whether one is here, and how to get one where none is. */
function others(
  { core, around }: Told,
  mask: number,
  options: number,
  refused: string,
): { here?: BackendName; missing: () => string } {
  const able = (BACKENDS.slice(1) as BackendName[]).filter(
    (name) => name !== refused && core.gives(BACKENDS.indexOf(name), mask, options),
  );
  // As `needs` would choose.
  const here = BY_COST.find((name) => able.includes(name) && around.isHere(name));
  const missing = (): string => lines(able, (name) => around.why(name));
  return here ? { here, missing } : { missing };
}

/** Says that this one can; `asking` is how one gets it where it is not taken by itself. */
function sayCan({ around }: Told, here: BackendName, asking = ''): string {
  const why = around.whyUnasked(here);
  return `backend '${here}' can here${why ? `, but is not started by itself: ${why}` : asking}`;
}

function whoCan(told: Told, mask: number, options: number, refused: string): string {
  const { here, missing } = others(told, mask, options, refused);
  return here ? sayCan(told, here) : `no backend here can:${missing()}`;
}

/** Each backend of the order: what it can't do, or why it isn't here and how to get it. */
function whyNone({ core, around }: Told, needs: number, options: number): string {
  const names = options & SEED_ORDER ? BY_SEED : (BACKENDS.slice(1) as BackendName[]);
  return lines(names, (name) => (core.gives(BACKENDS.indexOf(name), needs, options) ? around.why(name) : LIMITS[name]!));
}

/** What bind(2) and connect(2) say where no port is left. */
const NO_PORT = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);
const MORE_PORTS =
  'a vpoll on tcp takes ports of 127.0.0.1, and all are taken: close some, or give more (sysctl net.ipv4.ip_local_port_range)';

/** For an error of create. */
export function explainCreate(told: Told, code: ErrorCode, { backend, events, needs, options }: CoreOptions): string | undefined {
  if (code === 'EMFILE')
    return 'a vpoll takes a descriptor, on tcp and socketpair two: close some or raise the limit (ulimit -n)';
  if (code === 'ENFILE') return 'the whole system is out of open files (fs.file-max)';
  if (NO_PORT.has(code)) return MORE_PORTS;
  if (code !== 'EOPNOTSUPP') return undefined;
  const { core, around } = told;
  const name = BACKENDS[backend]!;
  const reason = core.reason(backend);
  if (name !== 'auto' && reason !== 0 && core.gives(backend, needs, options))
    return `no backend '${name}' here: ${around.why(name)}`;
  const wanted = needs || events;
  const what = needs ? `needs ${formatEvents(needs)}` : formatEvents(events);
  if (name === 'auto' && options & SEED_ORDER) {
    return `no backend of the seed's order here can do ${what}:${whyNone(told, wanted, options)}\n${whoCan(told, wanted, options, 'socketpair')}`;
  }
  if (name === 'auto' && needs) return `no backend here can do ${what}:${whyNone(told, needs, options)}`;
  if (name === 'auto') {
    const { here, missing } = others(told, wanted, options, name);
    return here
      ? `no backend that comes by itself can do ${what}; ${sayCan(told, here, ' (ask for it, or for needs)')}`
      : `no backend here can do ${what}:${missing()}`;
  }
  const passes = needs ? core.gives(backend, needs, PASSING) : byPassing(core, backend, 0, events);
  return `backend '${name}' can't do ${what}${passes ? BY_PASSING : ''}; ${whoCan(told, wanted, options, name)}`;
}

const OP_NAMES = ['', 'ADD', 'DEL', 'SET'];

const BY_PASSING = " without a passing bit, which create's passing: true allows";

/** Whether `wanted` could be shown if bits might pass. */
function byPassing(core: CoreCalls, backend: number, shown: number, wanted: number): boolean {
  const all = core.aliased(backend, wanted);
  const can = (options: number): boolean => core.nearest(backend, shown, all, options) === all;
  return can(PASSING) && !can(0);
}

/** What the policy 'closest' would have made of it, where that is something else than what is shown anyway. */
function nearest(core: CoreCalls, backend: number, shown: number, wanted: number, options: number): string {
  const mask = core.nearest(backend, shown, wanted, options);
  return mask === shown ? '' : ` (the nearest is ${formatEvents(mask)}, which policy 'closest' shows)`;
}

/** For an error of ctl. */
export function explainCtl(told: Told, code: ErrorCode, fd: number, op: number, events: number): string | undefined {
  if (code === 'EBADF') return `fd ${fd} is no vpoll (any more)`;
  if (code === 'ENOTCONN' || code === 'ECONNABORTED')
    return `the helper process that served fd ${fd} has died: close it, and create another`;
  if (code === 'EACCES') return `the helper that serves fd ${fd} belongs to another user, and takes no requests of this one`;
  if (code === 'ENOBUFS')
    return 'a program that holds the descriptor has written to it until its buffer was full, and nobody reads that';
  if (NO_PORT.has(code)) return MORE_PORTS;
  if (code === 'ENOTRECOVERABLE') return 'it failed half way and the mask could not be put back: see what events shows';
  if (code !== 'EOPNOTSUPP') return undefined;
  const { core } = told;
  const shown = core.events(fd, 0);
  const number = backendOf(core, fd, 0);
  const options = flagsOf(core, fd) & (CLOSEST | EXCLUSIVE | PASSING);
  const backend = BACKENDS[number]!;
  // A refusal may be about what would have to go away: all of it for a DEL, a hangup for any other.
  const leaving = shown < 0 ? 0 : op === VPOLL_CTL_DELEVENTS ? shown : shown & (EPOLLHUP | EPOLLRDHUP);
  const able = whoCan(told, (events & VPOLL_EVENTS) | leaving, options, backend);
  if (shown < 0) return `${OP_NAMES[op]} ${formatEvents(events)} can't be shown on ${backend}; ${able}`;
  const wanted = core.next(shown, op, core.aliased(number, events));
  const how = byPassing(core, number, shown, wanted) ? BY_PASSING : '';
  return `${OP_NAMES[op]} ${formatEvents(events)} from ${formatEvents(shown)} can't be shown on ${backend}${how}${nearest(core, number, shown, wanted, options)}; ${able}`;
}

/** For an error of attach. `bare`: by a descriptor alone. */
export function explainAttach(code: ErrorCode, fd: number, bare: boolean): string | undefined {
  if (code === 'EEXIST') return `fd ${fd} is a vpoll of this process already`;
  if (code === 'EMFILE') return 'it takes copies of the descriptors: close some or raise the limit (ulimit -n)';
  if (code === 'ENOTCONN') return `the helper process that served fd ${fd} has died`;
  if (code === 'EACCES') return `the helper that serves fd ${fd} belongs to another user, and takes no requests of this one`;
  if (code !== 'EBADF') return undefined;
  return bare
    ? `fd ${fd} is no vpoll by itself (one on tcp or a socketpair needs its token)`
    : `fd ${fd} is not the vpoll that was shared`;
}

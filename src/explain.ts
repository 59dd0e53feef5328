// SPDX-License-Identifier: LGPL-2.1-or-later

// What an error says beyond its code: which descriptor, which mask, and what to do.

import { BACKENDS, LIMITS, LOOK, PASSING, remedy, type BackendName } from './backends.js';
import { EFD_CLOEXEC, EPOLLHUP, EPOLLRDHUP, VPOLL_CTL_DELEVENTS, VPOLL_EVENTS } from './constants.js';
import { getCore } from './core.js';
import { errnoName, type ErrorCode } from './errors.js';
import { formatEvents } from './events.js';
import { whyNoHelper } from './fuse/helper.js';
import type { CoreOptions } from './options.js';

/**
 * Whether this machine has `backend` now: found out by a look that leaves the core as it is. An error changes nothing, and a vpoll that
 * was made only for its text would take a number, and with it the place of what the table may have under that.
 */
function isHere(backend: number): boolean {
  // A helper can be started: that is as good as here, and not worth a process only to say so.
  if (BACKENDS[backend] === 'fuse') return whyNoHelper() === undefined;
  return BACKENDS[backend] === 'socketpair' || getCore().create(backend, 0, EFD_CLOEXEC, LOOK, 0) >= 0;
}

/** The other backends that could do `mask`: whether one is here, and how to get one where none is. */
function others(mask: number, options: number, refused: string): { here?: BackendName; missing: string } {
  const core = getCore();
  const able = (BACKENDS.slice(1) as BackendName[]).filter(
    (name) => name !== refused && core.gives(BACKENDS.indexOf(name), mask, options),
  );
  // As `needs` would choose: a helper process last.
  const byCost = [...able.filter((name) => name !== 'fuse'), ...able.filter((name) => name === 'fuse')];
  const here = byCost.find((name) => isHere(BACKENDS.indexOf(name)));
  const missing = able.map((name) => `${name}: ${why(name)}`).join('; ');
  return here ? { here, missing } : { missing };
}

function whoCan(mask: number, options: number, refused: string): string {
  const { here, missing } = others(mask, options, refused);
  return here ? `backend '${here}' can here` : `no backend here can: ${missing}`;
}

function why(name: BackendName): string {
  if (name === 'fuse') return whyNoHelper() ?? remedy(name, errnoName(getCore().reason(BACKENDS.indexOf(name))));
  return remedy(name, errnoName(getCore().reason(BACKENDS.indexOf(name))));
}

/** Each backend: what it can't do, or why it isn't here and how to get it. */
function whyNone(needs: number, options: number): string {
  const names = BACKENDS.slice(1) as BackendName[];
  return names
    .map((name) => `${name}: ${getCore().gives(BACKENDS.indexOf(name), needs, options) ? why(name) : LIMITS[name]!}`)
    .join('; ');
}

/** For an error of create. */
export function explainCreate(code: ErrorCode, { backend, events, needs, options }: CoreOptions): string | undefined {
  if (code === 'EMFILE')
    return 'a vpoll takes a descriptor, on tcp and socketpair two: close some or raise the limit (ulimit -n)';
  if (code === 'ENFILE') return 'the whole system is out of open files (fs.file-max)';
  if (code !== 'EOPNOTSUPP') return undefined;
  const core = getCore();
  const name = BACKENDS[backend]!;
  const reason = core.reason(backend);
  if (name !== 'auto' && reason !== 0 && core.gives(backend, needs, options)) return `no backend '${name}' here: ${why(name)}`;
  const wanted = needs || events;
  const what = needs ? `needs ${formatEvents(needs)}` : formatEvents(events);
  if (name === 'auto' && needs) return `no backend here can do ${what}: ${whyNone(needs, options)}`;
  if (name === 'auto') return `no backend here can do ${what}: ${others(wanted, options, name).missing}`;
  const passes = needs ? core.gives(backend, needs, PASSING) : byPassing(backend, 0, events);
  return `backend '${name}' can't do ${what}${passes ? BY_PASSING : ''}; ${whoCan(wanted, options, name)}`;
}

const OP_NAMES = ['', 'ADD', 'DEL', 'SET'];

const BY_PASSING = " without a passing bit, which create's passing: true allows";

/** Whether `wanted` could be shown if bits might pass. */
function byPassing(backend: number, shown: number, wanted: number): boolean {
  const core = getCore();
  const all = core.aliased(backend, wanted);
  const can = (options: number): boolean => core.nearest(backend, shown, all, options) === all;
  return can(PASSING) && !can(0);
}

/** What the policy 'closest' would have made of it, where that is something else than what is shown anyway. */
function nearest(backend: number, shown: number, wanted: number, options: number): string {
  const mask = getCore().nearest(backend, shown, wanted, options);
  return mask === shown ? '' : ` (the nearest is ${formatEvents(mask)}, which policy 'closest' shows)`;
}

/** For an error of ctl. */
export function explainCtl(code: ErrorCode, fd: number, op: number, events: number): string | undefined {
  if (code === 'EBADF') return `fd ${fd} is no vpoll (any more)`;
  if (code === 'ENOTCONN' || code === 'ECONNABORTED')
    return `the helper process that served fd ${fd} has died: close it, and create another`;
  if (code === 'EACCES') return `the helper that serves fd ${fd} belongs to another user, and takes no requests of this one`;
  if (code === 'ENOTRECOVERABLE') return 'it failed half way and the mask could not be put back: see what events shows';
  if (code !== 'EOPNOTSUPP') return undefined;
  const core = getCore();
  const shown = core.events(fd, 0);
  const number = core.backend(fd, 0);
  const options = core.options(fd);
  const backend = BACKENDS[number]!;
  // A refusal may be about what would have to go away: all of it for a DEL, a hangup for any other.
  const leaving = shown < 0 ? 0 : op === VPOLL_CTL_DELEVENTS ? shown : shown & (EPOLLHUP | EPOLLRDHUP);
  const able = whoCan((events & VPOLL_EVENTS) | leaving, options, backend);
  if (shown < 0) return `${OP_NAMES[op]} ${formatEvents(events)} can't be shown on ${backend}; ${able}`;
  const wanted = core.next(shown, op, core.aliased(number, events));
  const how = byPassing(number, shown, wanted) ? BY_PASSING : '';
  return `${OP_NAMES[op]} ${formatEvents(events)} from ${formatEvents(shown)} can't be shown on ${backend}${how}${nearest(number, shown, wanted, options)}; ${able}`;
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

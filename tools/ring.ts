// SPDX-License-Identifier: LGPL-2.1-or-later

// What a poll of io_uring completes with, as a table for docs/carriers.md and vpoll(7): test/c/ring.test.ts measures it over each carrier.

import { type BackendName, BACKENDS } from '../src/backends.js';
import { getCore } from '../src/core.js';
import { formatEvents, parseEvents } from '../src/events.js';
import { EVENTS } from './abi/linux.js';

const COMMON = ['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'RDHUP'];
/** The events that a program may assert, in the order of the tables: the common ones first. */
export const BITS = [...COMMON, ...EVENTS.filter((name) => !COMMON.includes(name))];
const ALL = parseEvents(BITS.join('|'));
const PRI = parseEvents('PRI');
const HANGUPS = parseEvents('HUP|RDHUP');
/** What a poll asks for by itself. */
const ALWAYS = HANGUPS | parseEvents('ERR');

/** What a socket says of data (sock_def_readable()) and of room for more (sk_stream_write_space()). */
const SOCKET_KEYS = [
  { of: parseEvents('IN|PRI'), key: parseEvents('IN|PRI|RDNORM|RDBAND') },
  { of: parseEvents('OUT'), key: parseEvents('OUT|WRNORM|WRBAND') },
];

/** The key of the wake-up by which a carrier tells of what it shows; 0 where it has none, so that who is woken looks. */
export function keyOf(backend: BackendName, shown: number): number {
  if (backend === 'fuse') return 0;
  if (backend !== 'tcp' && backend !== 'socketpair') return shown;
  const key = SOCKET_KEYS.find(({ of }) => shown & of)?.key ?? shown;
  return shown & HANGUPS ? 0 : key;
}

/** What a poll of io_uring that asks for `asked` completes with when `events` are added; 0 where it sleeps on: PRI by itself wakes none (io_poll_wake()). */
export function completion(backend: BackendName, events: number, asked: number): number {
  const core = getCore();
  const number = BACKENDS.indexOf(backend);
  const shown = core.nearest(number, 0, core.aliased(number, events), 0);
  const key = keyOf(backend, shown);
  const wanted = asked | ALWAYS;
  if (key === 0) return shown & wanted;
  return key & wanted & ~PRI ? key & wanted : 0;
}

function ringCell(events: string, backend: BackendName): string {
  const bit = parseEvents(events);
  const alone = completion(backend, bit, bit);
  const all = completion(backend, bit, ALL);
  return formatEvents(all) + (all !== 0 && alone === 0 ? ' (alone: 0)' : '');
}

/** Its rows, the first of which is the head. */
export function ringRows(): string[][] {
  const columns = ['eventfd', 'fuse', 'tcp', 'socketpair'] as const;
  return [
    ['ADD', 'eventfd, device', ...columns.slice(1)],
    ...BITS.map((events) => [events, ...columns.map((backend) => ringCell(events, backend))]),
  ];
}

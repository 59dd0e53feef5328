// SPDX-License-Identifier: LGPL-2.1-or-later

// Every mask that the socketpair backend can show: what to ask for, and what poll(2) says then (the aliases of unix_poll()). Every one of
// the tcp backend. And some of the 2048 that a vpoll file shows, with each bit alone among them.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, VPOLL_EVENTS } from '../../../src/constants.js';
import { formatEvents } from '../../../src/index.js';
import { TCP_MASKS } from './model.js';

export interface State {
  name: string;
  events: number;
  shown: number;
  /** It can't be left by giving up RDHUP or HUP. */
  isFinal: boolean;
}

export const IN = 0x41;
export const OUT = 0x304;
export const RDHUP = 0x2041;
export const HUP = 0x2051;

const HANGUP = EPOLLHUP | EPOLLRDHUP | EPOLLIN;

export const STATES: readonly State[] = [
  { name: 'nothing', events: 0, shown: 0, isFinal: false },
  { name: 'IN', events: EPOLLIN, shown: IN, isFinal: false },
  { name: 'OUT', events: EPOLLOUT, shown: OUT, isFinal: false },
  { name: 'IN|OUT', events: EPOLLIN | EPOLLOUT, shown: IN | OUT, isFinal: false },
  { name: 'IN|RDHUP', events: EPOLLIN | EPOLLRDHUP, shown: RDHUP, isFinal: true },
  { name: 'IN|OUT|RDHUP', events: EPOLLIN | EPOLLOUT | EPOLLRDHUP, shown: RDHUP | OUT, isFinal: true },
  { name: 'IN|HUP|RDHUP', events: HANGUP, shown: HUP, isFinal: true },
  { name: 'IN|OUT|HUP|RDHUP', events: HANGUP | EPOLLOUT, shown: HUP | OUT, isFinal: true },
];

export const TCP_STATES: readonly State[] = TCP_MASKS.map((events) => ({
  name: formatEvents(events),
  events,
  shown: events,
  isFinal: (events & (EPOLLHUP | EPOLLRDHUP)) !== 0,
}));

const BITS = Array.from({ length: 14 }, (_, i) => 1 << i).filter((bit) => (bit & VPOLL_EVENTS) !== 0);

/** Some of the masks of a vpoll file. It shows what was asked for, and every state can be left. */
export const FILE_STATES: readonly State[] = [
  0,
  ...BITS,
  EPOLLIN | EPOLLOUT,
  EPOLLPRI | EPOLLERR,
  EPOLLHUP | EPOLLOUT,
  HANGUP,
  HANGUP | EPOLLOUT,
  VPOLL_EVENTS & ~EPOLLIN,
  VPOLL_EVENTS,
].map((events) => ({ name: formatEvents(events), events, shown: events, isFinal: false }));

// SPDX-License-Identifier: LGPL-2.1-or-later

// What a vpoll must show, written from the project's rules and not from its code. A file shows every mask, whatever the policy. Of a
// unix socket it says which masks there are, what a request means, and what each policy makes of it.

import * as c from '../../../src/constants.js';
import type { Policy } from '../../../src/index.js';

export type Op = 'add' | 'delete' | 'set';

const IN_SHOWN = 0x41;
const OUT_SHOWN = 0x304;
const FINAL = c.EPOLLRDHUP | c.EPOLLHUP;

/** RDHUP comes with IN, HUP comes with both; IN and OUT come with their aliases, and are free otherwise. */
const POSSIBLE: readonly number[] = [0, IN_SHOWN, IN_SHOWN | c.EPOLLRDHUP, IN_SHOWN | FINAL].flatMap((mask) => [
  mask,
  mask | OUT_SHOWN,
]);

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** A request moves the aliases of the main bits that it names. */
function withAliases(events: number): number {
  return events | (events & c.EPOLLIN ? IN_SHOWN : 0) | (events & c.EPOLLOUT ? OUT_SHOWN : 0);
}

export function isFinal(shown: number): boolean {
  return (shown & FINAL) !== 0;
}

/** The mask after a request, or undefined where it is refused with EOPNOTSUPP. */
export type After = (shown: number, op: Op, events: number, policy: Policy) => number | undefined;

/** {@link After} on an eventfd or a device. */
export function afterOnFile(shown: number, op: Op, events: number): number {
  const all = events & c.VPOLL_EVENTS;
  if (op === 'add') return shown | all;
  return op === 'delete' ? shown & ~all : all;
}

/** One shutdown(2) of both directions. */
const TCP_ENDED = FINAL | 0x41 | 0x104;

/** What a TCP connection shows: RDHUP comes with IN; HUP with IN, OUT and RDHUP, or where bits may pass without PRI, and with IN only beside RDHUP. */
function isPossibleOnTcp(mask: number, passing: boolean): boolean {
  const pairs = [0x41, 0x104].every((pair) => (mask & pair) === 0 || (mask & pair) === pair);
  const known = (mask & ~(TCP_ENDED | c.EPOLLPRI | c.EPOLLERR)) === 0;
  const both = (mask & c.EPOLLIN) / c.EPOLLIN === (mask & c.EPOLLRDHUP) / c.EPOLLRDHUP;
  const ended = (mask & TCP_ENDED) === TCP_ENDED;
  const hangup = !(mask & c.EPOLLHUP) || ended || (passing && (mask & c.EPOLLPRI) === 0 && both);
  return pairs && known && hangup && !(mask & c.EPOLLRDHUP && !(mask & c.EPOLLIN));
}

const EVERY_MASK = Array.from({ length: 0x4000 }, (_, mask) => mask);
/** Every mask that a TCP connection shows, aliases included. */
export const TCP_MASKS: readonly number[] = EVERY_MASK.filter((mask) => isPossibleOnTcp(mask, false));
/** The same where bits may pass. */
const TCP_PASSING: readonly number[] = EVERY_MASK.filter((mask) => isPossibleOnTcp(mask, true));

function onTcp(masks: readonly number[], shown: number, op: Op, events: number, policy: Policy): number | undefined {
  const named = events & c.VPOLL_EVENTS;
  const all = named | (named & c.EPOLLIN ? 0x41 : 0) | (named & c.EPOLLOUT ? 0x104 : 0);
  const wanted = op === 'add' ? shown | all : op === 'delete' ? shown & ~all : all;
  if (policy === 'strict') return masks.find((mask) => mask === wanted);
  // No connection has these; the rest comes or not, PRI first given up.
  const wish = wanted & ~(c.EPOLLMSG | c.EPOLLRDBAND | c.EPOLLWRBAND);
  for (const dropped of [0, c.EPOLLPRI, c.EPOLLERR, c.EPOLLPRI | c.EPOLLERR]) {
    const supersets = masks.filter((mask) => (wish & ~dropped & ~mask) === 0);
    supersets.sort((a, b) => bitCount(a) - bitCount(b) || a - b);
    if (supersets.length > 0) return supersets[0];
  }
  throw new Error(`nothing near ${wanted}`);
}

/** {@link After} on a TCP connection: what has ended stays so, and after HUP neither PRI nor ERR comes. */
export function afterOnTcp(shown: number, op: Op, events: number, policy: Policy): number | undefined {
  const lost = shown & c.EPOLLHUP ? c.EPOLLPRI | c.EPOLLERR : 0;
  const masks = TCP_MASKS.filter((mask) => (shown & FINAL & ~mask) === 0 && (mask & lost & ~shown) === 0);
  return onTcp(masks, shown, op, events, policy);
}

/** The same where bits may pass: every mask from every other. */
export function afterPassing(shown: number, op: Op, events: number, policy: Policy): number | undefined {
  return onTcp(TCP_PASSING, shown, op, events, policy);
}

/** {@link After} on a socketpair. */
export function afterOnSocket(shown: number, op: Op, events: number, policy: Policy): number | undefined {
  const all = withAliases(events & c.VPOLL_EVENTS);
  const wanted = op === 'add' ? shown | all : op === 'delete' ? shown & ~all : all;
  const reachable = POSSIBLE.filter((mask) => (shown & FINAL & ~mask) === 0);
  if (policy === 'strict') return reachable.find((mask) => mask === wanted);
  // First the wish itself, then with less and less of what no socket has.
  let wish = wanted;
  for (const dropped of [0, c.EPOLLMSG, c.EPOLLRDBAND, c.EPOLLPRI, c.EPOLLERR]) {
    wish &= ~dropped;
    const supersets = reachable.filter((mask) => (wish & ~mask) === 0);
    supersets.sort((a, b) => bitCount(a) - bitCount(b) || a - b);
    if (supersets.length > 0) return supersets[0];
  }
  throw new Error(`nothing is near 0x${wanted.toString(16)}`);
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The tcp backend as pure functions: which masks a TCP socket can show, and the steps that lead from one to another. See tcp_poll()
// and tcp_disconnect() in net/ipv4/tcp.c.
//
// The two ends of a loopback connection: A is the descriptor that the program hands out, B the hidden one. B's window is shut, and
// A has more queued than it may send.
//   IN     A's queue is never empty; SO_RCVLOWAT on A says whether what lies there is enough
//   OUT    the unsent part of A's queue; TCP_NOTSENT_LOWAT on A says whether it is little enough
//   PRI    B has sent an urgent byte
//   ERR    the time stamp of a sent message lies in A's error queue: B takes something, its window opens, a message goes out
//   RDHUP  A was shut down for reading; brings IN
//   HUP    A was disconnected; takes PRI and, unless A is then shut down for reading, IN and RDHUP
// A new connection takes HUP and RDHUP away again.

import { ERR, HUP, IN, OUT, PRI, RDHUP, RDNORM, WRNORM } from '../constants';

const IN_SHOWN: u32 = IN | RDNORM;
const OUT_SHOWN: u32 = OUT | WRNORM;
/** The bits of which every subset can be shown, entered and left. */
export const FREE: u32 = IN | PRI | OUT | ERR;

/** A request with the aliases of its main bits. */
export function withAliases(events: u32): u32 {
  let all = events;
  if (events & IN) all |= IN_SHOWN;
  if (events & OUT) all |= OUT_SHOWN;
  return all;
}

/**
 * The nearest mask to `wanted` that can be shown: the smallest superset, where MSG, RDBAND and WRBAND are dropped always, and PRI where it
 * meets HUP. Every mask can be reached from every other, so what is shown now makes no difference.
 */
export function nearest(wanted: u32): u32 {
  let mask = wanted & (ERR | RDHUP | HUP);
  if (wanted & (IN_SHOWN | RDHUP)) mask |= IN_SHOWN;
  if (wanted & OUT_SHOWN) mask |= OUT_SHOWN;
  if (!(wanted & HUP)) return mask | (wanted & PRI);
  return mask & IN ? mask | RDHUP : mask;
}

// Steps. A plan holds up to eight of them, a nibble each, first step lowest.
export const CLEAR_PRI: u32 = 1;
export const CLEAR_OUT: u32 = 2;
export const CLEAR_IN: u32 = 3;
export const CLEAR_ERR: u32 = 4;
/** A new connection, with what was set of IN, OUT and ERR: PRI, RDHUP and HUP are gone. */
export const RELINK: u32 = 5;
/** OUT, and an edge for it even when it was there before (sk_stream_write_space()). */
export const SET_OUT: u32 = 6;
/** IN, and an edge for it likewise (tcp_set_rcvlowat()). */
export const SET_IN: u32 = 7;
/** PRI, and an edge for it likewise (tcp_check_urg()). */
export const SET_PRI: u32 = 8;
/** ERR, and an edge for it likewise (sock_queue_err_skb()). */
export const SET_ERR: u32 = 9;
/** HUP, and an edge for it and for ERR (tcp_disconnect()). */
export const UNLINK: u32 = 10;
/** IN and RDHUP, and an edge without a key likewise (inet_shutdown()). */
export const END_RD: u32 = 11;

let steps: u32 = 0;
let shift: u32 = 0;

function step(isNeeded: bool, number: u32): void {
  if (!isNeeded) return;
  steps |= number << shift;
  shift += 4;
}

/** From a state without HUP and RDHUP that IN, OUT and ERR of `shown` are carried over to. */
function afterRelink(shown: u32, target: u32): void {
  step((shown & ~target & ERR) != 0, CLEAR_ERR);
  step(true, target & IN ? SET_IN : CLEAR_IN);
  step(true, target & OUT ? SET_OUT : CLEAR_OUT);
  step(true, RELINK);
  step((target & PRI) != 0, SET_PRI);
  step((target & ~shown & ERR) != 0, SET_ERR);
  step((target & HUP) != 0, UNLINK);
  step((target & RDHUP) != 0, END_RD);
}

/**
 * The steps from `shown` to `target` (one that nearest() gives), with an edge for each bit of `asserted`. `relink`: by a new connection in
 * any case, since B belongs to an earlier one.
 *
 * Clearing comes before setting, so that where the connection stays nobody sees a bit of neither mask; what can fail for want of memory comes
 * late.
 */
export function plan(shown: u32, target: u32, asserted: u32, relink: bool): u32 {
  const gone = shown & ~target;
  const wake = (asserted | ~shown) & target;
  steps = 0;
  shift = 0;
  // An ERR that isn't there yet needs a connection first.
  if (relink || gone & HUP || (gone & RDHUP && !(target & HUP)) || (shown & HUP && target & ~shown & ERR)) {
    afterRelink(shown, target);
    return steps;
  }
  const unlink = (target & ~shown & HUP) != 0 || (gone & RDHUP) != 0;
  step((gone & PRI) != 0 && !unlink, CLEAR_PRI);
  step((gone & OUT) != 0, CLEAR_OUT);
  step((gone & IN) != 0, CLEAR_IN);
  step((gone & ERR) != 0, CLEAR_ERR);
  step((wake & OUT_SHOWN) != 0, SET_OUT);
  step((wake & IN_SHOWN) != 0 && !(target & HUP), SET_IN);
  step((wake & PRI) != 0, SET_PRI);
  step((wake & ERR) != 0 && !(shown & HUP), SET_ERR);
  // Once disconnected, shutdown(2) is an edge for all bits; where it would show RDHUP, another disconnect is one for HUP and ERR.
  const again = (shown & HUP) != 0 && (wake & (HUP | ERR)) != 0;
  step(unlink || (again && !(target & RDHUP)), UNLINK);
  step((wake & (RDHUP | (target & HUP ? IN_SHOWN : 0))) != 0 || ((again || unlink) && (target & RDHUP) != 0), END_RD);
  return steps;
}

function has(steps: u32, wanted: u32): bool {
  for (let rest = steps; rest != 0; rest >>= 4) if ((((<u32>1) << (rest & 15)) & wanted) != 0) return true;
  return false;
}

/** Whether the steps, and those that would undo them, have to do with A alone. */
export function isPlain(steps: u32): bool {
  return !has(steps, ~((1 << CLEAR_OUT) | (1 << CLEAR_IN) | (1 << SET_OUT) | (1 << SET_IN)));
}

/** Whether the steps need B as it is. */
export function needsPeer(steps: u32): bool {
  return has(steps, (1 << SET_PRI) | (1 << SET_ERR)) && !has(steps, 1 << RELINK);
}

/** Whether the steps end or make a connection, which another process may do at the same time. */
export function relinks(steps: u32): bool {
  return has(steps, (1 << RELINK) | (1 << UNLINK));
}

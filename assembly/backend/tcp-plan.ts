// SPDX-License-Identifier: LGPL-2.1-or-later

// Which masks a TCP socket can show, and the steps that lead from one to another. These are functions of their arguments alone; a plan is put together in two globals, which
// nothing outlives. See tcp_poll() and tcp_disconnect() in net/ipv4/tcp.c.
//
// The two ends of a loopback connection: A is the descriptor that the program hands out, B the hidden one. B's window is shut, and
// A has more queued than it may send.
//   IN     A's queue is never empty; SO_RCVLOWAT on A says whether what lies there is enough
//   OUT    the unsent part of A's queue; TCP_NOTSENT_LOWAT on A says whether it is little enough
//   PRI    B has sent an urgent byte
//   ERR    the time stamp of a sent message lies in A's error queue: B takes something, its window opens, a message goes out
//   RDHUP  A was shut down for reading; brings IN. Final.
//   HUP    A was shut down; brings IN, OUT and RDHUP. Final, and what can come after it is neither an urgent byte nor a stamp.
//
// Where bits may pass (PASSING), a new connection takes RDHUP and HUP away, and a disconnect shows HUP without what it brings. For a
// moment a poller may then see ERR, HUP or OUT, whatever was asked for.

import { ERR, HUP, IN, OUT, PASSING, PRI, RDHUP, RDNORM, WRNORM } from '../constants';

const IN_SHOWN: u32 = IN | RDNORM;
const OUT_SHOWN: u32 = OUT | WRNORM;
/** What a socket shows that was shut down. */
export const ENDED: u32 = HUP | RDHUP | IN_SHOWN | OUT_SHOWN;

/** Whether every subset of `needs` can be shown, entered and left. */
export function gives(needs: u32, flags: u32): bool {
  return !(needs & ~(IN | PRI | OUT | ERR)) || ((flags & PASSING) != 0 && !(needs & ~(OUT | ERR | HUP)));
}

/** A request with the aliases of its main bits. */
export function withAliases(events: u32): u32 {
  let all = events;
  if (events & IN) all |= IN_SHOWN;
  if (events & OUT) all |= OUT_SHOWN;
  return all;
}

/**
 * The nearest mask to `wanted` that can be reached from `shown`: the smallest superset. MSG, RDBAND and WRBAND are always dropped, and PRI and
 * ERR where HUP has come before them.
 */
export function nearest(shown: u32, wanted: u32, flags: u32): u32 {
  const passing = (flags & PASSING) != 0;
  let mask = (wanted & (PRI | ERR | RDHUP | HUP)) | (passing ? 0 : shown & (RDHUP | HUP));
  if (wanted & IN_SHOWN || mask & RDHUP) mask |= IN_SHOWN;
  if (wanted & OUT_SHOWN) mask |= OUT_SHOWN;
  if (!(mask & HUP)) return mask;
  // A disconnect takes PRI, and leaves IN only where RDHUP brings it.
  if (passing && !(mask & PRI)) return mask & IN ? mask | RDHUP : mask;
  mask |= ENDED;
  return passing || !(shown & HUP) ? mask : mask & (shown | ENDED);
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
/** HUP without what it brings, and an edge for it and for ERR (tcp_disconnect()). */
export const UNLINK: u32 = 10;
/** IN and RDHUP, and an edge without a key likewise (inet_shutdown()). */
export const END_RD: u32 = 11;
/** HUP with what it brings, and an edge likewise, for all that is shown. */
export const END: u32 = 12;

if (END > 15) ERROR('a step is a nibble');

let steps: u32 = 0;
let shift: u32 = 0;

function step(isNeeded: bool, number: u32): void {
  if (!isNeeded) return;
  assert(shift < 32 && number >= CLEAR_PRI && number <= END);
  steps |= number << shift;
  shift += 4;
}

function isEnded(mask: u32): bool {
  return (mask & ENDED) == ENDED;
}

/** From a state without HUP and RDHUP that IN, OUT and ERR of `shown` are carried over to. */
function afterRelink(shown: u32, target: u32): void {
  step((shown & ~target & ERR) != 0, CLEAR_ERR);
  step(true, target & IN ? SET_IN : CLEAR_IN);
  step(true, target & OUT ? SET_OUT : CLEAR_OUT);
  step(true, RELINK);
  step((target & PRI) != 0, SET_PRI);
  step((target & ~shown & ERR) != 0, SET_ERR);
  if (isEnded(target)) return step(true, END);
  step((target & HUP) != 0, UNLINK);
  step((target & RDHUP) != 0, END_RD);
}

/**
 * The steps from `shown` to `target` (one that nearest() gives), with an edge for each bit of `asserted`. `relink`: by a new connection in
 * any case, since B belongs to an earlier one.
 *
 * Clearing comes before setting, so where the connection stays nobody sees a bit of neither mask. What can fail for lack of memory comes
 * late, and what can't be undone last.
 */
export function plan(shown: u32, target: u32, asserted: u32, relink: bool): u32 {
  const gone = shown & ~target;
  const wake = (asserted | ~shown) & target;
  const ends = isEnded(target);
  steps = 0;
  shift = 0;
  // An ERR or a PRI that isn't there yet needs a connection first.
  if (relink || gone & HUP || (gone & RDHUP && !(target & HUP)) || (shown & HUP && target & ~shown & (ERR | PRI))) {
    afterRelink(shown, target);
    return steps;
  }
  // A shutdown forces OUT, and only a disconnect undoes it.
  const frees = isEnded(shown) && !ends;
  const unlink = !ends && (target & HUP) != 0 && (!(shown & HUP) || frees || (gone & RDHUP) != 0);
  step((gone & PRI) != 0 && !unlink, CLEAR_PRI);
  step((gone & OUT) != 0, CLEAR_OUT);
  step((gone & IN) != 0, CLEAR_IN);
  step((gone & ERR) != 0, CLEAR_ERR);
  step(!ends && ((frees ? target : wake) & OUT_SHOWN) != 0, SET_OUT);
  step((wake & IN_SHOWN) != 0 && !(target & (RDHUP | HUP)), SET_IN);
  step((wake & PRI) != 0 && !(shown & HUP), SET_PRI);
  step((wake & ERR) != 0 && !(shown & HUP), SET_ERR);
  // shutdown(2) is an edge for all bits that are shown, each time; where it would show RDHUP, another disconnect is one for HUP and ERR.
  if (ends) {
    step(wake != 0, END);
    return steps;
  }
  const again = (shown & HUP) != 0 && (wake & (HUP | ERR)) != 0;
  step(unlink || (again && !(target & RDHUP)), UNLINK);
  step((target & RDHUP) != 0 && (unlink || again || (wake & (RDHUP | IN_SHOWN)) != 0), END_RD);
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

/** Whether the steps make a new connection. */
export function makesConnection(steps: u32): bool {
  return has(steps, 1 << RELINK);
}

/** Whether the steps need B as it is. */
export function needsPeer(steps: u32): bool {
  return has(steps, (1 << SET_PRI) | (1 << SET_ERR)) && !makesConnection(steps);
}

/** Whether the steps end or make a connection, which another process may do at the same time. */
export function relinks(steps: u32): bool {
  return has(steps, (1 << RELINK) | (1 << UNLINK) | (1 << END));
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The socketpair backend as pure functions: which masks a unix stream socket can show, which of them can still be reached, and
// the steps that lead from one to another. See unix_poll() and unix_shutdown() in net/unix/af_unix.c.
//
// The two ends: A is the descriptor that the program hands out, B the hidden one.
//   IN     bytes wait in A's receive queue (B sent them)
//   OUT    four times the memory of A's own unread message fits into its send buffer: unix_writable(). The message stays in
//          B's queue for good; SO_SNDBUF on A moves the limit to and fro (docs/decisions/001-out-by-sndbuf.md)
//   RDHUP  B was shut down for writing; brings IN. Final.
//   HUP    B was shut down both ways; brings IN and RDHUP. Final.

import { ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP } from '../constants';
import { IN_ALIASED, OUT_ALIASED } from '../events';

const RDHUP_SHOWN: u32 = RDHUP | IN_ALIASED;
const HUP_SHOWN: u32 = HUP | RDHUP_SHOWN;

/** The masks that this carrier can show: fewest bits first, then lowest number, so that the first match is the nearest. */
const MASKS: usize = memory.data<u16>([0, 0x41, 0x304, 0x2041, 0x2051, 0x345, 0x2345, 0x2355]);
const MASK_COUNT: usize = 8;
/** All bits that this carrier can ever show. */
export const CARRIED: u32 = HUP_SHOWN | OUT_ALIASED;
/** The bits of which every subset can be shown, entered and left. */
export const FREE: u32 = IN | OUT;

/** Whether `target`, one of MASKS, can be reached from what poll(2) shows now: what is final stays. */
function reachable(shown: u32, target: u32): bool {
  return (shown & ~target & (HUP | RDHUP)) == 0;
}

/** The smallest mask with all bits of `wanted` that can be reached from `shown`, or -1. */
function smallestSuperset(shown: u32, wanted: u32): i32 {
  for (let i: usize = 0; i < MASK_COUNT; i++) {
    const candidate = <u32>load<u16>(MASKS + (i << 1));
    if ((wanted & ~candidate) == 0 && reachable(shown, candidate)) return candidate;
  }
  return -1;
}

/**
 * The nearest mask to `wanted` that can be shown: the smallest superset, else without MSG, RDBAND, PRI, ERR in that order until
 * there is one. There always is: what is left then is part of 0x2355. A final state is only entered when `wanted` holds HUP
 * or RDHUP, since without them a smaller superset exists.
 */
export function nearest(shown: u32, wanted: u32): u32 {
  let rest = wanted;
  let found = smallestSuperset(shown, rest);
  if (found < 0) found = smallestSuperset(shown, (rest &= ~MSG));
  if (found < 0) found = smallestSuperset(shown, (rest &= ~RDBAND));
  if (found < 0) found = smallestSuperset(shown, (rest &= ~PRI));
  if (found < 0) found = smallestSuperset(shown, (rest &= ~ERR));
  assert(found >= 0 && (rest & ~found) == 0);
  return found;
}

// Steps. A plan holds up to eight of them, a nibble each, first step lowest.
/** A's send buffer shrinks: OUT is gone. */
export const CLEAR_OUT: u32 = 1;
/** A receives all there is: IN is gone. */
export const CLEAR_IN: u32 = 2;
/** A's send buffer grows: OUT, and an edge for it even when it was there before (sk_write_space()). */
export const SET_OUT: u32 = 3;
/** B sends a byte: IN, and an edge for it. */
export const SET_IN: u32 = 4;
/** B is shut down for writing: IN and RDHUP, and an edge (without a key) even when it was so before. */
export const END_RD: u32 = 5;
/** B is shut down: IN, RDHUP and HUP, and an edge likewise. */
export const END: u32 = 6;

if (END > 15) ERROR('a step is a nibble');

/**
 * The steps from `shown` to `target`, with an edge for each bit of `asserted`. They lead there where `target` is one of MASKS and reachable. What
 * undoes a change that others have interrupted may ask for another, and looks at the result.
 *
 * Clearing comes before setting, so nobody sees a bit of neither mask. What can fail for lack of memory comes late, and what
 * can't be undone last.
 */
export function plan(shown: u32, target: u32, asserted: u32): u32 {
  const wake = (asserted | ~shown) & target;
  let steps: u32 = 0;
  let shift: u32 = 0;
  if (shown & ~target & OUT) {
    steps = CLEAR_OUT;
    shift = 4;
  }
  if (shown & ~target & IN) {
    steps |= CLEAR_IN << shift;
    shift += 4;
  }
  if (wake & OUT_ALIASED) {
    steps |= SET_OUT << shift;
    shift += 4;
  }
  if (target & HUP) {
    if (wake & HUP_SHOWN) steps |= END << shift;
  } else if (target & RDHUP) {
    if (wake & RDHUP_SHOWN) steps |= END_RD << shift;
  } else if (wake & IN_ALIASED) {
    steps |= SET_IN << shift;
  }
  assert(leads(shown, target, steps));
  return steps;
}

/** Whether `mask` is one of MASKS. */
function isMask(mask: u32): bool {
  for (let i: usize = 0; i < MASK_COUNT; i++) if (load<u16>(MASKS + (i << 1)) == mask) return true;
  return false;
}

/** What `shown` has become when the steps are taken: what each says of itself above, put together. */
function after(shown: u32, steps: u32): u32 {
  let mask = shown;
  for (let rest = steps; rest != 0; rest >>= 4) {
    const step = rest & 15;
    assert(step >= CLEAR_OUT && step <= END);
    if (step == CLEAR_OUT) mask &= ~OUT_ALIASED;
    else if (step == CLEAR_IN) mask &= ~IN_ALIASED;
    else if (step == SET_OUT) mask |= OUT_ALIASED;
    else if (step == SET_IN) mask |= IN_ALIASED;
    else mask |= step == END ? HUP_SHOWN : RDHUP_SHOWN;
  }
  return mask;
}

/** Whether the steps lead from `shown` to `target`, where that is what they are asked for: others may have made of the sockets what they like. */
function leads(shown: u32, target: u32, steps: u32): bool {
  return !isMask(shown) || !isMask(target) || !reachable(shown, target) || after(shown, steps) == target;
}

/** Whether the steps need B, or what would put back IN does when a later one fails. */
export function needsPeer(steps: u32): bool {
  for (let rest = steps; rest != 0; rest >>= 4) {
    if ((rest & 15) >= SET_IN || ((rest & 15) == CLEAR_IN && rest > 15)) return true;
  }
  return false;
}

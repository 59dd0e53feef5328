// SPDX-License-Identifier: LGPL-2.1-or-later

// What a vpoll means, as pure functions: no state, no calls.

import { IN, OP_ADD, OP_DEL, OP_SET, OUT, RDNORM, WRBAND, WRNORM } from './constants';

/**
 * The mask after a request: ADD ors, DEL clears, SET assigns.
 * `op` is one of the three, which the caller has checked.
 */
export function next(events: u32, op: i32, arg: u32): u32 {
  if (op == OP_ADD) return events | arg;
  if (op == OP_DEL) return events & ~arg;
  return arg;
}

/** Whether `op` is an operation at all. */
export function isOp(op: i32): bool {
  return op >= OP_ADD && op <= OP_SET;
}

/** What unix_poll() (net/unix/af_unix.c) shows together with IN. */
export const IN_ALIASED: u32 = IN | RDNORM;
/** What unix_poll() shows together with OUT. */
export const OUT_ALIASED: u32 = OUT | WRNORM | WRBAND;

/** A request with the aliases of its main bits: on a unix socket they can't be told apart, so they travel with them. */
export function withAliases(events: u32): u32 {
  let all = events;
  if (events & IN) all |= IN_ALIASED;
  if (events & OUT) all |= OUT_ALIASED;
  return all;
}

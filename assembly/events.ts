// SPDX-License-Identifier: LGPL-2.1-or-later

// What a vpoll means, as pure functions: no state, no calls.

import { IN, OP_ADD, OP_DEL, OP_SET, OUT, RDNORM, SETTABLE, WRBAND, WRNORM } from './constants';

if (SETTABLE > u16.MAX_VALUE) ERROR('a mask is a u16 in poll(2) and in the table');

/**
 * The mask after a request: ADD ors, DEL clears, SET assigns.
 * `op` is one of the three, which the caller has checked.
 */
export function next(events: u32, op: i32, arg: u32): u32 {
  if (op == OP_ADD) return events | arg;
  if (op == OP_DEL) return events & ~arg;
  return arg;
}

if (OP_DEL != OP_ADD + 1 || OP_SET != OP_DEL + 1) ERROR('operations are a range');

/** Whether `op` is an operation at all. */
export function isOp(op: i32): bool {
  return op >= OP_ADD && op <= OP_SET;
}

/** What unix_poll() (net/unix/af_unix.c) shows together with IN. */
export const IN_ALIASED: u32 = IN | RDNORM;
/** What unix_poll() shows together with OUT. */
export const OUT_ALIASED: u32 = OUT | WRNORM | WRBAND;

/** A request with the aliases of its main bits: a unix socket shows them together or not at all. TCP's are others (backend/tcp-plan.ts). */
export function withAliases(events: u32): u32 {
  let all = events;
  if (events & IN) all |= IN_ALIASED;
  if (events & OUT) all |= OUT_ALIASED;
  return all;
}

// SPDX-License-Identifier: LGPL-2.1-or-later

// The steps of the socketpair backend, as socketpair-plan.ts numbers them: what each does to the two sockets. Before a step uses a descriptor, shared/ends.ts
// has made sure that it still is what it was.

import * as call from '../call';
import * as c from '../constants';
import * as table from '../table';
import * as ends from './shared/ends';
import * as plans from './socketpair-plan';

/**
 * SO_SNDBUF of A while OUT is on, and of B. The kernel doubles it and cuts it to net.core.wmem_max, which can't be set so low that
 * less than 9216 bytes are left (socket(7), sock_setsockopt()).
 */
export const SNDBUF_ON: i32 = 32768;
/** SO_SNDBUF of A while OUT is off: the kernel makes its minimum of it, SOCK_MIN_SNDBUF, 4608 bytes. */
const SNDBUF_OFF: i32 = 0;
/** Bytes of the message that stays unread: with sk_buff and skb_shared_info it takes 1280 to 2304 bytes, a quarter of either limit. */
export const WEIGHT: u32 = 700;
/**
 * How often SET_IN makes room again when other processes fill the queue at the same time. A change also begins again so often
 * when they end the vpoll.
 */
export const TRIES: i32 = 64;

/** Receives until the queue of `fd` is empty: bytes received, or -errno. 0 at the end of a stream that was shut down. */
export function drain(fd: i32): i32 {
  let total = 0;
  let n: i32;
  do {
    n = call.recv(fd, call.IO_SIZE);
    if (n > 0) total += n;
  } while (n == <i32>call.IO_SIZE);
  return n >= 0 || (total > 0 && n == -c.EAGAIN) ? total : n;
}

/** One more byte for `a`. A full queue is no reason to lose an edge: some of what lies there is taken out, but never all. */
function setIn(a: i32, b: i32): i32 {
  let r = call.send(b, 1);
  for (let i = 0; r == -c.EAGAIN && i < TRIES; i++) {
    call.recv(a, 4);
    r = call.send(b, 1);
  }
  return r;
}

/** OUT on or off. sk_write_space() wakes when it is on, also when it was so before, and doesn't when it is off. */
export function setOut(a: i32, on: bool): i32 {
  return call.setOption(a, c.SO_SNDBUF, on ? SNDBUF_ON : SNDBUF_OFF);
}

/** Whether OUT, which was set, isn't there: another process has taken it back, or A's buffer is full. Where poll(2) fails, it was set all the same. */
function lacksOut(a: i32): bool {
  const shown = call.shown(a);
  return shown >= 0 && !(shown & c.OUT);
}

/**
 * After OUT was set: a holder may have written until A's buffer was full. Then what lies in B's queue is taken out, and the message put there again by which OUT is taken
 * back. 0, or -ENOBUFS where that can't be done: after HUP, or without B.
 */
export function makeRoom(entry: usize): i32 {
  const a = table.fdOf(entry);
  const b = table.peer(entry);
  if (!lacksOut(a)) return 0;
  if (!ends.hasPeer(entry)) return call.refuse(c.ENOBUFS);
  if (call.recv(b, call.IO_SIZE, c.MSG_PEEK) <= <i32>WEIGHT) return 0;
  if (call.shown(a) & c.HUP) return call.refuse(c.ENOBUFS);
  drain(b);
  const r = call.send(a, WEIGHT);
  return r == -c.EAGAIN ? 0 : min(r, 0);
}

/** B stops sending first, so that nothing can come after A was emptied: from then on recv(2) on A says 0, the mark of a final state. */
function end(a: i32, b: i32, how: i32): i32 {
  const r = call.shutdown(b, how);
  if (r < 0) return r;
  drain(a);
  return 0;
}

function take(step: u32, a: i32, b: i32): i32 {
  if (step == plans.CLEAR_OUT || step == plans.SET_OUT) return setOut(a, step == plans.SET_OUT);
  if (step == plans.CLEAR_IN) {
    const r = drain(a);
    return r == -c.EAGAIN ? 0 : r;
  }
  if (step == plans.SET_IN) return setIn(a, b);
  assert(step == plans.END || step == plans.END_RD);
  return end(a, b, step == plans.END ? c.SHUT_RDWR : c.SHUT_WR);
}

/** Takes all steps, or as many as succeed: 0 or -errno. */
export function run(steps: u32, a: i32, b: i32): i32 {
  for (let rest = steps; rest != 0; rest >>= 4) {
    const r = take(rest & 15, a, b);
    if (r < 0) return r;
  }
  return 0;
}

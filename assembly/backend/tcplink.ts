// SPDX-License-Identifier: LGPL-2.1-or-later

// The connection under a tcp vpoll: how it is made, and kept so that its bits can be moved.

import * as call from '../call';
import * as c from '../constants';

/** Bytes that wait in A's queue at least. With them poll(2) shows OUT above, and doesn't below: it compares twice the unsent bytes. */
export const NOTSENT_ON: i32 = 0x7fffffff;
export const NOTSENT_OFF: i32 = 12000;
/** More than {@link NOTSENT_OFF} / 2, so that OUT stays off, and less than it, so that send(2) takes what fills the queue up again. */
const NOTSENT_LEVEL: i32 = 10000;
/** SO_RCVLOWAT: no queue of ours is as long as the second. */
export const LOWAT_ON: i32 = 1;
export const LOWAT_OFF: i32 = 65536;
const BACKLOG: i32 = 8;
/** For how many milliseconds a connection may take to come about; on loopback it is there at once, unless the machine is at its limit. */
const WAIT_MS: i32 = 1000;
/** How many messages fill any window that a receive buffer of the smallest size gives. */
const SENDS_MAX: i32 = 256;

const QUIET: i32 = c.SOF_TIMESTAMPING_SOFTWARE | c.SOF_TIMESTAMPING_OPT_TSONLY;
const STAMPED: i32 = QUIET | c.SOF_TIMESTAMPING_TX_SCHED;

/** Bytes of a message: half the window that B offers at first, which is the most that goes out at once later (tcp_bound_to_half_wnd()). */
let chunk: u32 = 0;

/** The socket A, not connected, with neither IN nor OUT to come when it is; or -errno. */
export function socket(fdFlags: i32): i32 {
  const a = call.socket(fdFlags);
  if (a < 0) return a;
  // A connect on a blocking socket is not to wait for strangers that fill the listener's queue.
  let r = call.setTimeOption(a, c.SO_SNDTIMEO, 1);
  if (r >= 0) r = call.setOption(a, c.SO_RCVLOWAT, LOWAT_OFF);
  if (r >= 0) r = call.setOption(a, c.TCP_NOTSENT_LOWAT, NOTSENT_OFF, c.IPPROTO_TCP);
  if (r >= 0) return a;
  call.close(a);
  return r;
}

/** Fills A's queue up to its level: with how many messages, or -errno. */
export function refill(a: i32): i32 {
  for (let i = 0; i < SENDS_MAX; i++) {
    let r = call.notSent(a);
    if (r < 0) return r;
    if (r >= NOTSENT_LEVEL) return i;
    r = call.send(a, chunk, c.MSG_EOR);
    if (r < 0 && r != -c.EAGAIN) return r;
  }
  return call.refuse(c.EOPNOTSUPP);
}

/** Shuts B's window, fills A's queue, and puts a byte into the other direction. */
function fill(a: i32, b: i32): i32 {
  // No stamps for what goes out now.
  let r = call.setOption(a, c.SO_TIMESTAMPING, QUIET);
  if (r >= 0) r = call.notSent(a);
  if (r < 0) return r;
  chunk = min(call.peerWindow() >> 1, call.SEND_MAX);
  if (chunk == 0) return call.refuse(c.EOPNOTSUPP);
  for (let i = 0; r == 0 && i < SENDS_MAX; i++) {
    r = call.send(a, chunk, c.MSG_EOR);
    if (r >= 0) r = call.notSent(a);
  }
  if (r >= 0) r = call.setOption(a, c.SO_TIMESTAMPING, STAMPED);
  if (r >= 0) r = refill(a);
  return r < 0 ? r : call.send(b, 1);
}

/** Whether A, which was to be connected to `to`, still may be: 0, or -EISCONN where another process has taken it elsewhere. */
function isOnItsWay(a: i32, to: u64): i32 {
  const shown = call.shown(a);
  if (shown < 0) return shown;
  return shown & c.HUP || (call.peerName(a) >= 0 && call.address() != to) ? call.refuse(c.EISCONN) : 0;
}

/** The end of A's connection that waits at `listener`, whose address is `to`. Whoever else has found the port is turned away. */
function accept(listener: i32, a: i32, to: u64): i32 {
  for (let i = 0; i < WAIT_MS; i++) {
    const b = call.accept(listener);
    const from = call.address();
    if (b < 0 && b != -c.EAGAIN && b != -c.ECONNABORTED) return b;
    let r = b < 0 ? isOnItsWay(a, to) : call.socketName(a);
    if (b >= 0) {
      if (r >= 0 && call.address() == from) return b;
      call.close(b);
    }
    if (r < 0) return r;
    if (b < 0) call.pause();
  }
  return call.refuse(c.ETIMEDOUT);
}

/** Ends A's connection, if it has one: B sees a reset. */
export function disconnect(a: i32): i32 {
  const r = call.connect(a, 0);
  // The reset is no error that a poller is to see.
  return r < 0 ? r : call.getOption(a, c.SO_ERROR);
}

function connect(a: i32, listener: i32, spare: i32): i32 {
  let r = call.socketName(listener);
  const to = call.address();
  if (r >= 0) r = disconnect(a);
  if (r >= 0) r = call.connect(a, to);
  // Its number is the one that accept4(2) gets, so that no lack of descriptors can leave A half way.
  call.close(spare);
  if (r < 0 && r != -c.EINPROGRESS && r != -c.EAGAIN && r != -c.EINTR && r != -c.EALREADY) return r;
  return accept(listener, a, to);
}

/**
 * A new connection for A, in place of any that it has: its other end (which doesn't block, and is closed on exec), or -errno. All
 * that can be had beforehand is had before A is touched. -EISCONN where another process has connected A in between.
 */
export function link(a: i32): i32 {
  const listener = call.socket(c.CLOEXEC | c.NONBLOCK);
  if (listener < 0) return listener;
  const spare = call.fcntl(listener, c.F_DUPFD_CLOEXEC, 0);
  let r = spare;
  // B inherits it: the smallest window.
  if (r >= 0) r = call.setOption(listener, c.SO_RCVBUF, 1);
  if (r >= 0) r = call.listen(listener, BACKLOG);
  let b = -1;
  if (r >= 0) r = b = connect(a, listener, spare);
  else if (spare >= 0) call.close(spare);
  call.close(listener);
  if (r < 0) return r;
  r = fill(a, b);
  if (r >= 0) return b;
  call.close(b);
  return r;
}

/** Whether B is the other end of A's connection. */
export function isLinked(a: i32, b: i32): bool {
  if (call.peerName(a) < 0) return false;
  const there = call.address();
  return call.socketName(b) >= 0 && call.address() == there;
}

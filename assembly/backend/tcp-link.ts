// SPDX-License-Identifier: LGPL-2.1-or-later

// The connection under a tcp vpoll: how it is made, and kept so that its bits can be moved.

import * as call from '../call';
import * as c from '../constants';
import * as info from '../tcpinfo';

/** Bytes that wait in A's queue at least. With them poll(2) shows OUT above, and doesn't below: it compares twice the unsent bytes. */
export const NOTSENT_ON: i32 = 0x7fffffff;
export const NOTSENT_OFF: i32 = 12000;
/** More than {@link NOTSENT_OFF} / 2, so that OUT stays off, and less than it, so that send(2) takes what fills the queue up again. */
const NOTSENT_LEVEL: i32 = 10000;
/** SO_RCVLOWAT: no queue of ours is as long as the second. */
export const LOWAT_ON: i32 = 1;
export const LOWAT_OFF: i32 = 65536;
const BACKLOG: i32 = 8;
/** For how many milliseconds a connection may take to be made; on loopback it is there at once, unless the machine is at its limit. */
const WAIT_MS: i32 = 1000;
/** How often what B's window has taken meanwhile is made good. */
const ROUNDS_MAX: i32 = 60;

const QUIET: i32 = c.SOF_TIMESTAMPING_SOFTWARE | c.SOF_TIMESTAMPING_OPT_TSONLY;
const STAMPED: i32 = QUIET | c.SOF_TIMESTAMPING_TX_SCHED;

/**
 * Bytes of a message: as many as go out when B takes what it has. So each time one message goes out, and one stamp comes. Found
 * by {@link measure}.
 */
let chunk: u32 = 0;

/** The socket A, not connected, with neither IN nor OUT to come when it is; or -errno. */
export function socket(fdFlags: i32): i32 {
  const a = call.socket(fdFlags);
  if (a < 0) return a;
  // A connect on a blocking socket must not wait while others fill the listener's queue.
  let r = call.setTimeOption(a, c.SO_SNDTIMEO, 1);
  if (r >= 0) r = call.setOption(a, c.SO_RCVLOWAT, LOWAT_OFF);
  if (r >= 0) r = call.setOption(a, c.TCP_NOTSENT_LOWAT, NOTSENT_OFF, c.IPPROTO_TCP);
  if (r >= 0) return a;
  call.close(a);
  return r;
}

/** Whether A's queue has more than it is ever filled with here, since a holder has written: 1, 0 or -errno. */
export function isOverfull(a: i32): i32 {
  const queued = info.notSent(a);
  return queued < 0 ? queued : i32(queued > NOTSENT_LEVEL + <i32>call.SEND_MAX);
}

/** Fills A's queue up to its level: with how many messages, or -errno. */
export function refill(a: i32): i32 {
  // Without measure(), nothing would ever be queued.
  assert(chunk > 0);
  let count = 0;
  for (let i = 0; i < ROUNDS_MAX; i++) {
    let queued = info.notSent(a);
    if (queued < 0) return queued;
    if (queued >= NOTSENT_LEVEL) return count;
    for (; queued < NOTSENT_LEVEL; queued += chunk) {
      const r = call.send(a, chunk, c.MSG_EOR);
      if (r == -c.EAGAIN) break;
      if (r < 0) return r;
      count++;
    }
  }
  return call.refuse(c.EOPNOTSUPP);
}

/** Sends as many messages as B's window takes, and waits until they have gone: what is queued from then on stays, until B takes something. */
function shutWindow(a: i32, b: i32): i32 {
  assert(chunk > 0);
  let room: i32 = info.peerWindow();
  let r = 0;
  for (; r >= 0 && room >= <i32>chunk; room -= chunk) r = call.send(a, chunk, c.MSG_EOR);
  if (r >= 0) r = info.notSent(a);
  // Not where another process ends the connection meanwhile, or makes one of its own: then nothing goes any more.
  for (let i = 0; r > 0 && isLinked(a, b) && i < WAIT_MS; i++) {
    call.pause();
    r = info.notSent(a);
  }
  return r > 0 ? call.refuse(c.EOPNOTSUPP) : r;
}

/** Takes all time stamps out of A's error queue. */
export function dropStamps(a: i32): i32 {
  let r: i32;
  do r = call.recv(a, 1, c.MSG_ERRQUEUE);
  while (r >= 0);
  return r == -c.EAGAIN ? 0 : r;
}

/**
 * Shuts B's window, fills A's queue, and puts a byte into the other direction. Each message that waits in A's queue then has a time stamp to
 * come. One that has gone out has therefore shown ERR, even where it was cleared since.
 */
function fill(a: i32, b: i32): i32 {
  // No stamps for what goes out now.
  let r = call.setOption(a, c.SO_TIMESTAMPING, QUIET);
  if (r >= 0) r = info.notSent(a);
  if (r >= 0) r = shutWindow(a, b);
  if (r >= 0) r = call.setOption(a, c.SO_TIMESTAMPING, STAMPED);
  if (r >= 0) r = refill(a);
  // What a window that is no multiple of it has let go.
  if (r >= 0) r = dropStamps(a);
  return r < 0 ? r : feed(a, b);
}

/** Whether A has nothing to read: a new connection, or one whose holder has read. */
export function isEmpty(a: i32): bool {
  return call.recv(a, 1, c.MSG_PEEK) == -c.EAGAIN;
}

/** Puts a byte into A's queue, which is empty: 0 or -errno. */
export function feed(a: i32, b: i32): i32 {
  const r = call.send(b, 1);
  // Until it is there: to a socket that was shut down before, it would be a reset.
  for (let i = 0; r >= 0 && i < WAIT_MS && isEmpty(a); i++) call.pause();
  return r;
}

/** Whether A, which was to be connected to `to`, still may be: 0, or -EISCONN where another process has taken it elsewhere. */
function isOnItsWay(a: i32, to: u64): i32 {
  const shown = call.shown(a);
  if (shown < 0) return shown;
  return shown & c.HUP || (call.peerName(a) >= 0 && call.address() != to) ? call.refuse(c.EISCONN) : 0;
}

/** The end of A's connection that waits at `listener`, whose address is `to`. Anyone else who has found the port is turned away. */
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
  // Both calls are made once before they count, since a runtime compiles a call at its first use. That must not take place between the
  // reset and the reading of its error: a poller sees ERR for as long.
  call.connect(-1, 0);
  let r = call.getOption(a, c.SO_ERROR);
  if (r >= 0) r = call.connect(a, 0);
  return r < 0 ? r : call.getOption(a, c.SO_ERROR);
}

/** What a call says of an end whose connection was reset. */
export function isReset(status: i32): bool {
  return status == -c.EPIPE || status == -c.ECONNRESET || status == -c.ENOTCONN;
}

function connect(a: i32, listener: i32, spare: i32): i32 {
  let r = call.socketName(listener);
  const to = call.address();
  if (r >= 0) r = disconnect(a);
  if (r >= 0) r = call.connect(a, to);
  // Its number is the one that accept4(2) gets, so a lack of descriptors can't leave A without a connection.
  call.close(spare);
  // Another process has ended it before this call came back.
  if (isReset(r) || r == -c.ECONNABORTED) return call.refuse(c.EISCONN);
  if (r < 0 && r != -c.EINPROGRESS && r != -c.EAGAIN && r != -c.EINTR && r != -c.EALREADY) return r;
  return accept(listener, a, to);
}

/**
 * Connects A, in place of any connection that it has, to a socket that doesn't block and is closed on exec: that one, or -errno. What the new
 * connection needs is opened before A is touched. -EISCONN where another process has connected A in between.
 */
function join(a: i32): i32 {
  const listener = call.socket(c.CLOEXEC | c.NONBLOCK);
  if (listener < 0) return listener;
  const spare = call.fcntl(listener, c.F_DUPFD_CLOEXEC, 0);
  let r = spare;
  // B inherits both. A message of two segments is acknowledged at once where more is wanted (__tcp_ack_snd_check()): else A would send it once
  // more, and a second stamp would come (tcp_send_loss_probe()). Asked for first, since it makes room for what is wanted. Then the smallest window.
  if (r >= 0) r = call.setOption(listener, c.SO_RCVLOWAT, LOWAT_OFF);
  if (r >= 0) r = call.setOption(listener, c.SO_RCVBUF, 1);
  if (r >= 0) r = call.listen(listener, BACKLOG);
  if (r >= 0) r = connect(a, listener, spare);
  else if (spare >= 0) call.close(spare);
  call.close(listener);
  return r;
}

/** A new connection for A: its other end, or -errno, as {@link join} gives them. */
export function link(a: i32): i32 {
  const b = join(a);
  if (b < 0) return b;
  const r = fill(a, b);
  if (r >= 0) return b;
  // Whatever failed: where another process has ended the connection, made one of its own, or filled the queue too, that was the reason.
  const failed = call.failed;
  const isOurs = isLinked(a, b) && !isReset(r) && r != -c.EAGAIN;
  call.close(b);
  call.blame(failed);
  return isOurs ? r : call.refuse(c.EISCONN);
}

/** How many bytes go out when B takes what it has, or -errno. */
function released(a: i32, b: i32): i32 {
  const before = info.notSent(a);
  let after = before;
  for (let i = 0; after >= 0 && after == before && i < ROUNDS_MAX; i++) {
    if (i > 0) call.pause();
    call.recv(b, call.IO_SIZE, c.MSG_TRUNC);
    after = info.notSent(a);
  }
  return after < 0 ? after : before - after;
}

/**
 * Finds out the size of messages by a connection of its own: 0 or -errno. A kernel lets half of B's first window go each time, or the whole
 * (__tcp_select_window() as it was before Linux 6.2 or so).
 */
export function measure(): i32 {
  const a = socket(c.CLOEXEC | c.NONBLOCK);
  if (a < 0) return a;
  const b = join(a);
  let r = b < 0 ? b : info.notSent(a);
  const half = min(info.peerWindow() >> 1, call.SEND_MAX >> 1);
  for (let i = 0; r >= 0 && i < 8; i++) r = call.send(a, half, c.MSG_EOR);
  // What goes out the first time may have waited for B's first answer.
  for (let i = 0; r >= 0 && i < 2; i++) r = released(a, b);
  call.close(a);
  if (b >= 0) call.close(b);
  if (r < 0) return r;
  chunk = r;
  return r == 0 || <u32>r > call.SEND_MAX ? call.refuse(c.EOPNOTSUPP) : 0;
}

/** Whether B is the other end of A's connection. */
export function isLinked(a: i32, b: i32): bool {
  if (call.peerName(a) < 0) return false;
  const there = call.address();
  return call.socketName(b) >= 0 && call.address() == there;
}

/** Whether A has received all that B has sent: 1, 0 or -errno. It need not have acknowledged it yet (tcp_delack_timer()). */
export function hasArrived(a: i32, b: i32): i32 {
  let r = info.notSent(b);
  if (r != 0) return min(r, 0);
  if (info.unacked() == 0) return 1;
  const sent = info.sent();
  r = info.notSent(a);
  return r < 0 ? r : i32(info.received() == sent);
}

/** What the error of a call means once nothing is left to do: 0 where `bits` are as they are to be, else -EISCONN, since another process has changed them again. */
export function unless(a: i32, bits: u32, isOn: bool): i32 {
  const shown = call.shown(a);
  return shown < 0 || (shown & bits) == (isOn ? bits : 0) ? min(shown, 0) : -c.EISCONN;
}

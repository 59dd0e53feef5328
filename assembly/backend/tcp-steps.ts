// SPDX-License-Identifier: LGPL-2.1-or-later

// The steps of the tcp backend, as tcp-plan.ts numbers them: what each does to the connection, and to the hidden end that a change works with.

import * as call from '../call';
import * as c from '../constants';
import * as links from './tcp-link';
import * as plans from './tcp-plan';

/** Bytes that carry an urgent one: more than A's rcv_mss, so that it is acknowledged at once. */
const URGENT: u32 = 1024;
/** A's queue is cut short when it is as long as this, to one byte. */
const QUEUE_MAX: u32 = 8192;
/** How often B is emptied until a message of A's has gone out, and for how many milliseconds a bit may be on its way. */
const TRIES: i32 = 60;
/** What a step says when B belongs to an earlier connection. No errno is that large. */
export const UNLINKED: i32 = -4096;
/** What SET_IN says when a holder has read what lay in A's queue, and B wasn't looked for. */
export const UNFED: i32 = -4097;

/** The hidden end while a change is made; -1 where it is gone. */
export let hidden: i32 = -1;
/** The inode of the hidden end where this change has made it, else 0. */
export let made: u64 = 0;
/** The options of the vpoll that is changed. */
export let options: u32 = 0;

/** What a change begins with. `b`: the hidden end, or -1 where it is gone. */
export function begin(b: i32, flags: u32): void {
  hidden = b;
  made = 0;
  options = flags;
}

/** IN is as SO_RCVLOWAT says while A's queue has a byte. A holder may have read it, and left IN on. A connection that is about to be made has one. */
function setIn(a: i32, isRelinked: bool): i32 {
  if (!isRelinked && links.isEmpty(a)) {
    if (hidden < 0) return UNFED;
    // So that IN comes once, below.
    let r = call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_OFF);
    if (r >= 0) r = links.feed(a, hidden);
    if (r < 0) return links.isReset(r) ? UNLINKED : r;
  }
  return call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_ON);
}

/** What is in the way of what needs room in A's queue, which a holder has filled: only a new connection has room again. */
function full(): i32 {
  return options & c.PASSING ? UNLINKED : call.refuse(c.ENOBUFS);
}

/** Whether OUT can come: 0, or -errno where a holder has filled A's queue. Where bits may pass it can. */
export function hasRoom(a: i32): i32 {
  const r = options & c.PASSING ? 0 : links.isOverfull(a);
  return r > 0 ? full() : r;
}

function setOut(a: i32, isRelinked: bool): i32 {
  let r = call.setOption(a, c.TCP_NOTSENT_LOWAT, links.NOTSENT_ON, c.IPPROTO_TCP);
  if (isRelinked) return r;
  if (r >= 0) r = call.shown(a);
  if (r < 0 || r & c.OUT) return min(r, 0);
  r = links.isOverfull(a);
  if (r <= 0) return r;
  r = call.setOption(a, c.TCP_NOTSENT_LOWAT, links.NOTSENT_OFF, c.IPPROTO_TCP);
  return r < 0 ? r : full();
}

function setPri(a: i32): i32 {
  assert(hidden >= 0);
  let r = call.recv(a, QUEUE_MAX, c.MSG_PEEK | c.MSG_TRUNC);
  if (r == <i32>QUEUE_MAX) call.recv(a, QUEUE_MAX - 1, c.MSG_TRUNC);
  // A holder has read while IN was on: the bytes that come now are not to show it.
  if (r == -c.EAGAIN) call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_OFF);
  r = call.send(hidden, URGENT, c.MSG_OOB);
  if (r < 0) return links.isReset(r) ? UNLINKED : r;
  for (let i = 0; i < TRIES; i++) {
    r = call.shown(a);
    if (r < 0 || (r & (c.PRI | c.HUP)) == c.PRI) return min(r, 0);
    r = links.hasArrived(a, hidden);
    // Where another process has shut A down before, the answer was a reset: the caller takes its ERR away.
    if (r > 0 && call.shown(a) & c.HUP) break;
    // It has arrived, and a waiter that it woke has taken it since.
    if (r != 0) return min(r, 0);
    call.pause();
  }
  return UNLINKED;
}

function clearPri(a: i32): i32 {
  const r = call.recv(a, 1, c.MSG_OOB);
  if (r == -c.ENOTCONN && !(options & c.PASSING) && call.shown(a) & c.HUP) {
    // B is gone, and the urgent byte can't be read. Where the connection was reset already a disconnect is no error, and shows nothing new.
    call.connect(a, 0);
    call.shutdown(a, c.SHUT_RDWR);
  }
  // Another process has taken it, or has ended the connection that it came by.
  return r == -c.EINVAL || r == -c.EAGAIN || r == -c.ENOTCONN ? links.unless(a, c.PRI, false) : r;
}

/** Lets messages of A's go out until the time stamp of one has come back. */
function setErr(a: i32): i32 {
  assert(hidden >= 0);
  const before = call.shown(a);
  if (before < 0) return before;
  // A queue that gets shorter may show OUT, which was on when a holder filled it.
  const overfull = before & c.OUT ? 0 : links.isOverfull(a);
  if (overfull != 0) return overfull < 0 ? overfull : full();
  for (let i = 0; i < TRIES; i++) {
    let r = call.recv(hidden, call.IO_SIZE, c.MSG_TRUNC);
    if (r == 0 || links.isReset(r)) return UNLINKED;
    if (r == -c.EAGAIN) call.pause();
    else if (r < 0) return r;
    r = links.refill(a);
    if (r < 0) return links.isReset(r) ? UNLINKED : r;
    // One stamp for one that came: what lies in the error queue takes of A's receive buffer.
    if (r > 0 && before & c.ERR) call.recv(a, 1, c.MSG_ERRQUEUE);
    // A message went out, and so its stamp has come. A waiter that it woke may have cleared it already.
    if (r > 0) return 0;
    r = call.shown(a);
    if (r < 0 || r & c.ERR) return min(r, 0);
  }
  return UNLINKED;
}

function clearErr(a: i32): i32 {
  const r = call.getOption(a, c.SO_ERROR);
  return r < 0 ? r : links.dropStamps(a);
}

/** A new connection. The hidden end keeps its number, which tokens and children may know. */
export function relink(a: i32): i32 {
  const b = links.link(a);
  if (b < 0) return b;
  let r = call.fstat(b);
  // It ends with A, and so it must not outlive A at execve(2), nor A it.
  if (r >= 0) r = call.fcntl(a, c.F_GETFD, 0);
  if (r >= 0 && hidden >= 0) r = call.dup3(b, hidden, r & c.FD_CLOEXEC ? c.CLOEXEC : 0);
  else if (r >= 0) r = call.fcntl(b, c.F_SETFD, r);
  if (r < 0 || hidden >= 0) call.close(b);
  if (r < 0) return r;
  if (hidden < 0) hidden = b;
  made = call.statIno();
  assert(made != 0);
  return 0;
}

function take(step: u32, a: i32, isRelinked: bool): i32 {
  if (step == plans.SET_IN) return setIn(a, isRelinked);
  if (step == plans.CLEAR_IN) return call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_OFF);
  if (step == plans.SET_OUT) return setOut(a, isRelinked);
  if (step == plans.CLEAR_OUT) return call.setOption(a, c.TCP_NOTSENT_LOWAT, links.NOTSENT_OFF, c.IPPROTO_TCP);
  if (step == plans.SET_PRI) return setPri(a);
  if (step == plans.CLEAR_PRI) return clearPri(a);
  if (step == plans.SET_ERR) return setErr(a);
  if (step == plans.CLEAR_ERR) return clearErr(a);
  if (step == plans.RELINK) return relink(a);
  if (step == plans.UNLINK) return links.disconnect(a);
  assert(step == plans.END || step == plans.END_RD);
  const ends = step == plans.END;
  const r = call.shutdown(a, ends ? c.SHUT_RDWR : c.SHUT_RD);
  // What it says where there is no connection; it has done it all the same (inet_shutdown()).
  return r == -c.ENOTCONN ? links.unless(a, ends ? plans.ENDED : c.RDHUP, true) : r;
}

/** Takes all steps, or as many as succeed: 0, UNLINKED, UNFED or -errno. */
export function run(steps: u32, a: i32): i32 {
  const isRelinked = plans.makesConnection(steps);
  for (let rest = steps; rest != 0; rest >>= 4) {
    const r = take(rest & 15, a, isRelinked);
    if (r < 0) return r;
  }
  return 0;
}

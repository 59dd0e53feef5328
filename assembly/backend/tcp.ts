// SPDX-License-Identifier: LGPL-2.1-or-later

// The tcp backend: an emulator for kernels whose loopback is up. tcpplan.ts says which masks it can show and how, tcplink.ts makes the
// connection; here the steps are taken. Its state is what the sockets hold. Every process that has A may also make a new connection under
// it, and B of the others is then of no use any more: whoever finds that out makes one of his own.

import * as call from '../call';
import * as c from '../constants';
import { next } from '../events';
import { isPassing, unavailable, UNAVAILABLE } from '../reason';
import * as table from '../table';
import * as links from './tcplink';
import * as plans from './tcpplan';
import * as ends from './unixends';

/** Bytes that carry an urgent one: more than A's rcv_mss, so that it is acknowledged at once. */
const URGENT: u32 = 1024;
/** A's queue is cut short when it is as long as this, to one byte. */
const QUEUE_MAX: u32 = 8192;
/** How often B is emptied until a message of A's has gone out, and for how many milliseconds a bit may be on its way. */
const TRIES: i32 = 64;
/** How often a change begins anew when other processes make or end connections at the same time. What they undo counts for eight. */
const RESTARTS: i32 = 64;
/** What a step says when B belongs to an earlier connection. No errno is that large. */
const UNLINKED: i32 = -4096;

/** The hidden end while a change is made; -1 where it is gone. */
let hidden: i32 = -1;
/** The inode of the hidden end where this change has made it, else 0. */
let made: u64 = 0;
/** The options of the vpoll that is changed. */
let options: u32 = 0;

function setPri(a: i32): i32 {
  if (call.recv(a, QUEUE_MAX, c.MSG_PEEK | c.MSG_TRUNC) == <i32>QUEUE_MAX) call.recv(a, QUEUE_MAX - 1, c.MSG_TRUNC);
  const r = call.send(hidden, URGENT, c.MSG_OOB);
  if (r < 0) return links.isReset(r) ? UNLINKED : r;
  for (let i = 0; i < TRIES; i++) {
    let left = call.shown(a);
    if (left < 0 || left & c.PRI) return min(left, 0);
    if (left & c.HUP) return UNLINKED;
    // It has arrived, and a waiter that it woke has taken it since.
    left = links.hasArrived(a, hidden);
    if (left != 0) return min(left, 0);
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
  const before = call.shown(a);
  if (before < 0) return before;
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
function relink(a: i32): i32 {
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
  return 0;
}

function take(step: u32, a: i32): i32 {
  if (step == plans.SET_IN) return call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_ON);
  if (step == plans.CLEAR_IN) return call.setOption(a, c.SO_RCVLOWAT, links.LOWAT_OFF);
  if (step == plans.SET_OUT) return call.setOption(a, c.TCP_NOTSENT_LOWAT, links.NOTSENT_ON, c.IPPROTO_TCP);
  if (step == plans.CLEAR_OUT) return call.setOption(a, c.TCP_NOTSENT_LOWAT, links.NOTSENT_OFF, c.IPPROTO_TCP);
  if (step == plans.SET_PRI) return setPri(a);
  if (step == plans.CLEAR_PRI) return clearPri(a);
  if (step == plans.SET_ERR) return setErr(a);
  if (step == plans.CLEAR_ERR) return clearErr(a);
  if (step == plans.RELINK) return relink(a);
  if (step == plans.UNLINK) return links.disconnect(a);
  const ends = step == plans.END;
  const r = call.shutdown(a, ends ? c.SHUT_RDWR : c.SHUT_RD);
  // What it says where there is no connection; it has done it all the same (inet_shutdown()).
  return r == -c.ENOTCONN ? links.unless(a, ends ? plans.ENDED : c.RDHUP, true) : r;
}

/** Takes all steps, or as many as succeed: 0, UNLINKED or -errno. */
function run(steps: u32, a: i32): i32 {
  for (let rest = steps; rest != 0; rest >>= 4) {
    const r = take(rest & 15, a);
    if (r < 0) return r;
  }
  return 0;
}

/**
 * Makes A, which shows `shown`, show `target`: 0 or -errno. It begins anew where B turns out to be of an earlier connection, or where another
 * process has made or ended one at the same time; done is also what others undo each time. `relink`: by a new connection in any case, which
 * only a vpoll gets whose bits may pass.
 */
function reach(a: i32, shown: u32, wanted: u32, asserted: u32, relink: bool = false): i32 {
  const passing = (options & c.PASSING) != 0;
  let now: i32 = shown;
  let force = relink;
  let isDone: bool = false;
  for (let i = 0; i < RESTARTS; i += isDone ? 8 : 1) {
    if (i > 1 && !isDone) call.pause();
    // What others have ended meanwhile stays so.
    const target = settle(now, wanted, options);
    if (target < 0) return target;
    const steps = plans.plan(now, target, asserted, force && passing);
    const isAlone = hidden < 0 && plans.needsPeer(steps);
    if (isAlone && !passing) return call.refuse(c.EBADF);
    const r = isAlone ? UNLINKED : run(steps, a);
    if (r < 0 && r != UNLINKED && r != -c.EISCONN) return r;
    force = r == UNLINKED;
    isDone = r == 0 && passing && plans.relinks(steps);
    if (r == 0 && i == 0 && !isDone) return 0;
    now = call.shown(a);
    if (now < 0 || (r == 0 && now == target)) return min(now, 0);
  }
  return isDone ? 0 : call.refuse(c.ETIMEDOUT);
}

/** What a change begins with. `b`: the hidden end, or -1 where it is gone. */
function begin(b: i32, flags: u32): void {
  hidden = b;
  made = 0;
  options = flags;
}

/** The same for an entry; when it fails, puts back what was: -ENOTRECOVERABLE where it can't be put back. */
function reachOrUndo(entry: usize, shown: u32, target: u32, asserted: u32, isPlain: bool): i32 {
  const a = table.fdOf(entry);
  const there = isPlain ? 0 : ends.lookForPeer(entry);
  if (there < 0) return there;
  begin(there > 0 ? table.peer(entry) : -1, table.flags(entry));
  let r = reach(a, shown, target, asserted);
  let failed = call.failed;
  if (r < 0) {
    const now = call.shown(a);
    // What failed half way may have left a connection without its other end.
    if (now >= 0 && <u32>now != shown) reach(a, now, shown, 0, !isPlain);
    const left = call.shown(a);
    table.setMask(entry, left);
    if (<u32>left != shown) {
      r = -c.ENOTRECOVERABLE;
      failed = -1;
    }
  }
  if (made != 0) ends.changePeer(entry, hidden, made);
  call.blame(failed);
  return r;
}

/** ADD, DEL or SET. The caller has made sure that the entry's descriptor is ours, unless the vpoll is exclusive. */
export function ctl(entry: usize, op: i32, events: u32): i32 {
  const flags = table.flags(entry);
  const exclusive = (flags & c.EXCLUSIVE) != 0;
  const shown: i32 = exclusive ? table.mask(entry) : call.shown(table.fdOf(entry));
  if (shown < 0) return shown;
  const all = plans.withAliases(events);
  const target = settle(shown, next(shown, op, all), flags);
  if (target < 0) return target;
  const asserted = op == c.OP_DEL ? 0 : all;
  const steps = plans.plan(shown, target, asserted, false);
  if (steps == 0) return 0;
  if (exclusive && !ends.isOurs(entry)) {
    ends.reap(entry);
    return call.refuse(c.EBADF);
  }
  const r = reachOrUndo(entry, shown, target, asserted, plans.isPlain(steps));
  if (r >= 0) table.setMask(entry, target);
  return r;
}

/** What is wanted, made into what will be shown: -EOPNOTSUPP where it must be exact and can't be. */
function settle(shown: u32, wanted: u32, flags: u32): i32 {
  const target = plans.nearest(shown, wanted, flags);
  return target == wanted || flags & c.CLOSEST ? target : call.refuse(c.EOPNOTSUPP);
}

/** Whether `mask` can be shown from the present state, aliases aside. */
export function supports(shown: u32, mask: u32, flags: u32): bool {
  const wanted = plans.withAliases(mask);
  return plans.nearest(shown, wanted, flags) == wanted;
}

/** Where the self-test goes: each bit alone or in company, on and off, and each kind of transition. */
const TOUR: usize = memory.data<u16>([0x43, 0x10c, 0x14f, 0x2041, 0x2155, 0x10, 0x114, 0]);
const TOUR_COUNT: usize = 8;

function tour(a: i32): i32 {
  const b = links.link(a);
  if (b < 0) return b;
  begin(b, c.PASSING);
  let r = call.shown(a);
  for (let i: usize = 0; r >= 0 && i < TOUR_COUNT; i++) {
    const target = <u32>load<u16>(TOUR + (i << 1));
    r = reach(a, r, target, 0);
    if (r >= 0) r = call.shown(a);
    if (r >= 0 && <u32>r != target) r = call.refuse(c.EOPNOTSUPP);
  }
  call.close(hidden);
  return r;
}

const UNTRIED: i32 = 1;
/** What the self-test of this process has said: 0, -errno for what no later attempt would change or what takes long, or UNTRIED. */
let verdict: i32 = UNTRIED;

/** Whether this kernel does what this backend rests on, found out by doing it: 0, -errno for what is of the moment, or UNAVAILABLE. */
export function ready(): i32 {
  let r = verdict;
  if (r == UNTRIED) {
    const a = (r = links.socket(c.CLOEXEC | c.NONBLOCK));
    if (a >= 0) {
      r = links.measure();
      if (r >= 0) r = min(tour(a), 0);
      call.close(a);
    }
    if (isPassing(r)) return r;
    // Loopback may be brought up at any moment, and ports may be free again; how a kernel works can't change while it runs. That is the
    // core's own finding: the same number from a call is that call's trouble of the moment.
    if (r == 0 || (call.failed < 0 && (r == -c.EOPNOTSUPP || r == -c.ETIMEDOUT))) verdict = r;
  }
  return r == 0 ? 0 : unavailable(c.TCP, -r);
}

export function create(events: u32, fdFlags: i32, flags: u32): i32 {
  const target = flags & c.LOOK ? 0 : settle(0, plans.withAliases(events), flags);
  if (target < 0) return target;
  let r = ready();
  if (r < 0 || flags & c.LOOK) return r;
  const a = links.socket(fdFlags);
  if (a < 0) return a;
  begin(-1, flags);
  r = relink(a);
  const shown = r < 0 ? r : call.shown(a);
  r = shown < 0 ? shown : reach(a, shown, target, 0);
  if (r >= 0) r = ends.enter(c.TCP, a, hidden, flags, target);
  if (r >= 0) return r;
  call.close(a);
  if (hidden >= 0) call.close(hidden);
  return r;
}

/** Whether A is the socket that was named, and B either the one that was named or the other end of A. */
export function isPair(a: i32, b: i32, ino: u64, peerIno: u64): bool {
  if (call.fstat(a) < 0 || call.statIno() != ino) return false;
  const dev = call.statDev();
  if (call.getOption(a, c.SO_DOMAIN) != c.AF_INET || call.getOption(a, c.SO_TYPE) != c.SOCK_STREAM) return false;
  return ends.isSocket(b, dev, peerIno) || links.isLinked(a, b);
}

/** Enters a pair that was made elsewhere. */
export function adopt(a: i32, b: i32, flags: u32): i32 {
  let r = ready();
  if (r == UNAVAILABLE) return call.refuse(c.EOPNOTSUPP);
  if (r >= 0) r = call.shown(a);
  return r < 0 ? r : ends.enter(c.TCP, a, b, flags, r);
}

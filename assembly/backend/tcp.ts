// SPDX-License-Identifier: LGPL-2.1-or-later

// The tcp backend: an emulator for kernels whose loopback is up. tcp-plan.ts says which masks it can show and how, tcp-link.ts makes the
// connection, tcp-steps.ts takes the steps. Here a change is made of them, and undone. Its state is what the sockets hold. Every process that
// has A may also make a new connection under it. B of the others is then of no use any more: the one that finds that out makes a connection of
// its own.

import * as call from '../call';
import * as c from '../constants';
import { next } from '../events';
import { isPassing, unavailable, UNAVAILABLE } from '../reason';
import * as table from '../table';
import { Emulated } from './shared/emulated';
import * as ends from './shared/ends';
import * as links from './tcp-link';
import * as plans from './tcp-plan';
import { begin, hasRoom, hidden, made, options, relink, run, UNFED, UNLINKED } from './tcp-steps';

const NUMBER: i32 = 4;

/** How often a change begins anew when other processes make or end connections at the same time. What they undo counts for eight. */
const RESTARTS: i32 = 64;

/**
 * Makes A, which shows `shown`, show `target`: 0 or -errno. It begins anew where B turns out to be of an earlier connection. It does so too
 * where another process has made or ended one at the same time. What others undo each time counts as done. `relink`: always by a new
 * connection, which only a vpoll gets whose bits may pass.
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
    // What the core itself refuses here worked in the self-test: a queue that another process fills or empties at the same time.
    if (r < 0 && r != UNLINKED && r != -c.EISCONN && !(r == -c.EOPNOTSUPP && call.failed < 0)) return r;
    const before = now;
    isDone = r == 0 && passing && plans.relinks(steps);
    if (r == 0 && i == 0 && !isDone) return 0;
    now = call.shown(a);
    if (now < 0 || (r == 0 && now == target)) return min(now, 0);
    // Steps that change nothing: two processes have filled one connection, and its queue flows on.
    force = r == UNLINKED || (r == 0 && now == before);
  }
  return isDone ? 0 : call.refuse(c.ETIMEDOUT);
}

/** The same where a holder has read what IN stands on, which only B can put there again; without B, a new connection has it. */
function reachFed(entry: usize, target: u32, asserted: u32): i32 {
  const a = table.fdOf(entry);
  const there = ends.lookForPeer(entry);
  if (there < 0) return there;
  begin(there > 0 ? table.peer(entry) : -1, table.flags(entry));
  const now = call.shown(a);
  if (now < 0) return now;
  const r = reach(a, now, target, asserted, hidden < 0);
  return r == UNFED ? call.refuse(c.EBADF) : r;
}

/** The same for an entry; when it fails, puts back what was: -ENOTRECOVERABLE where it can't be put back. */
function reachOrUndo(entry: usize, shown: u32, target: u32, asserted: u32, isPlain: bool): i32 {
  const a = table.fdOf(entry);
  const there = isPlain ? 0 : ends.lookForPeer(entry);
  if (there < 0) return there;
  begin(there > 0 ? table.peer(entry) : -1, table.flags(entry));
  // ERR would be gone by the time that OUT turns out to be out of reach, and couldn't come back.
  const room = shown & ~target & c.ERR && ~shown & target & c.OUT ? hasRoom(a) : 0;
  if (room < 0) return room;
  let r = reach(a, shown, target, asserted);
  if (r == UNFED) r = reachFed(entry, target, asserted);
  if (r < 0) {
    const failed = call.failed;
    const now = call.shown(a);
    // What failed in the middle may have left a connection without its other end.
    if (now >= 0 && <u32>now != shown) reach(a, now, shown, 0, !isPlain);
    r = ends.undone(entry, shown, r, failed);
  }
  if (made != 0) ends.changePeer(entry, hidden, made);
  return r;
}

/** ADD, DEL or SET. The caller has made sure that the entry's descriptor is ours, unless the vpoll is exclusive. */
function ctl(entry: usize, op: i32, events: u32): i32 {
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
  return ends.settle(plans.nearest(shown, wanted, flags), wanted, flags);
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

/** Whether this kernel does what this backend rests on, by a trial of it: 0, -errno for a trouble of the moment, or UNAVAILABLE. */
function ready(): i32 {
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
  return r == 0 ? 0 : unavailable(NUMBER, -r);
}

function create(events: u32, fdFlags: i32, flags: u32): i32 {
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
  if (r >= 0) r = ends.enter(NUMBER, a, hidden, flags, target);
  if (r >= 0) return r;
  call.close(a);
  if (hidden >= 0) call.close(hidden);
  return r;
}

/** Whether A is the socket that was named, and B either the one that was named or the other end of A. */
function isPair(a: i32, b: i32, ino: u64, peerIno: u64): bool {
  if (call.fstat(a) < 0 || call.statIno() != ino) return false;
  const dev = call.statDev();
  if (call.getOption(a, c.SO_DOMAIN) != c.AF_INET || call.getOption(a, c.SO_TYPE) != c.SOCK_STREAM) return false;
  return ends.isSocket(b, dev, peerIno) || links.isLinked(a, b);
}

/** Enters a pair that was made elsewhere. */
function adopt(a: i32, b: i32, flags: u32): i32 {
  let r = ready();
  if (r == UNAVAILABLE) return call.refuse(c.EOPNOTSUPP);
  if (r >= 0) r = call.shown(a);
  return r < 0 ? r : ends.enter(NUMBER, a, b, flags, r);
}

export class Tcp extends Emulated {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'tcp';
  }

  get cost(): i32 {
    return 2;
  }

  get remark(): string {
    return 'HUP and RDHUP: with others, and for good';
  }

  gives(needs: u32, flags: u32): bool {
    return plans.gives(needs, flags);
  }

  aliased(events: u32): u32 {
    return plans.withAliases(events);
  }

  nearest(shown: u32, wanted: u32, flags: u32): u32 {
    return plans.nearest(shown, wanted, flags);
  }

  plan(shown: u32, target: u32, asserted: u32): u32 {
    return plans.plan(shown, target, asserted, false);
  }

  create(events: u32, fdFlags: i32, flags: u32): i32 {
    return create(events, fdFlags, flags);
  }

  ctl(entry: usize, op: i32, events: u32, _byObject: bool): i32 {
    return ctl(entry, op, events);
  }

  isPair(a: i32, b: i32, ino: u64, peerIno: u64): bool {
    return isPair(a, b, ino, peerIno);
  }

  adopt(a: i32, b: i32, flags: u32): i32 {
    return adopt(a, b, flags);
  }
}
